"""Adapting a trained model to other cameras without any label, by the statistics of its batch norms."""

import copy
from collections.abc import Iterable
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ccreid.augment.normalise import Normalise
from ccreid.datasets.image_source import ImageSource, each_source, source_tensor
from ccreid.errors import BadValueError
from ccreid.models.reid_model import ReIDModel
from ccreid.prefetch import prefetch
from ccreid.progress import LONG, show_progress

_BATCH: Final = 32
# Images that are decoded ahead of the network.
_AHEAD: Final = 2 * _BATCH


def adapt_model(
    model: ReIDModel, images: ImageSource | Iterable[ImageSource], *, progress: bool | None = None
) -> ReIDModel:
    """Return a model whose batch norms have the mean and the variance of other images; no weight changes.

    A network trained on one kind of images, rendered people say, shifts and scales what it sees by their statistics. On
    another kind these are wrong, and measuring them anew, for which nobody needs to say who is on the images, brings
    back a part of what was lost (Li et al., "Revisiting Batch Normalization For Practical Domain Adaptation", 2016).
    Batch norms that the network keeps fixed in training stay as they are.

    Args:
        model: What is adapted; it stays as it is.
        images: A few hundred of many people, as the model will meet them: paths, Pillow images or uint8 RGB arrays.
        progress: Show how far it is; where it is left out, of lists of more than 512 images.

    Returns:
        The adapted model, without a calibration: what its similarity means has changed, so measure it again.

    Raises:
        BadValueError: There are fewer than two images, or the network has nothing to adapt or reads more than images.
        ImageError: An image is broken or no image; the message names its file or its place.

    Example:
        >>> import numpy as np
        >>> from ccreid import ReIDModel, build_model
        >>> model = ReIDModel(build_model("baseline", num_identities=150, backbone="resnet18"))
        >>> people = [np.full((256, 128, 3), value, np.uint8) for value in (0, 90, 200)]
        >>> adapted = adapt_model(model, people)
    """
    sources, _ = each_source(images)
    listed = list(sources)
    if len(listed) < 2:
        raise BadValueError(f"{len(listed)} images are too few to adapt a model to: give a few hundred, of many people")
    network = copy.deepcopy(model.network).to(model.device)
    layers = _learning_norms(network)
    if network.reads_parts == "always" or network.reads_own_size or not layers:
        raise BadValueError(
            f"{model.recipe.model.system} cannot be adapted: it has no batch norms of its own, or it reads more than "
            "images of one size"
        )
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the plain mean over the batches
        layer.train()
    normalise = Normalise().to(model.device)
    height, width = model.size

    def read(numbered: tuple[int, ImageSource]) -> Tensor:
        index, source = numbered
        return source_tensor(source, height, width, index)

    tensors = prefetch(read, enumerate(listed), _AHEAD)
    shown = len(listed) > LONG if progress is None else progress
    with show_progress("adapting", len(listed), shown) as advance, torch.inference_mode():
        for size in _sizes(len(listed)):
            views = normalise(torch.stack([next(tensors) for _ in range(size)]).to(model.device))
            network(torch.cat([views, views.flip(-1)]))
            advance(size, 0)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    return ReIDModel(network.eval(), model.recipe, model.device, model.epoch)


def _learning_norms(network: nn.Module) -> list[_BatchNorm]:
    """Return the batch norms that follow the images in training, and put the network into evaluation mode."""
    network.train()
    layers = [
        layer
        for layer in network.modules()
        if isinstance(layer, _BatchNorm) and layer.training and layer.track_running_stats
    ]
    network.eval()
    return layers


def _sizes(count: int) -> list[int]:
    """Return sizes of batches that differ by one at most, as each counts the same."""
    batches = -(-count // _BATCH)
    return [len(part) for part in np.array_split(np.arange(count), batches)]
