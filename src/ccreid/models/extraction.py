"""From images to the features that retrieval compares, as the authors' released code does at test time."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.augment import Normalise
from ccreid.errors import BadValueError
from ccreid.evaluation.features import Features
from ccreid.models.folding import for_inference
from ccreid.models.network import parts_use

Labels = Tensor | Sequence[Any]


def extract_features(
    model: nn.Module,
    batches: Iterable[tuple[Tensor, Labels, Labels] | tuple[Tensor, Labels, Labels, Tensor]],
    device: torch.device | str = "cpu",
) -> Features:
    """Run a model over images: the features of each image and of its mirror image are summed and L2-normalised.

    The model is moved to the device and otherwise stays as it is: a copy in evaluation mode runs, with batch norms
    folded into their convolutions, on channels-last images, both views in one batch.

    Args:
        model: Takes normalised images (B, 3, H, W), and part maps if it always reads them (see `parts_use`), and, in
            evaluation mode, returns an object with the retrieval feature (B, D) as `feature`.
        batches: Of uint8 images (B, 3, H, W), identities (B,) and cameras (B,), labels as integers or strings, and, for
            a model that reads them, part maps uint8 (B, H, W).
        device: Where the model runs.

    Returns:
        float32 features (N, D) of length 1, or zero where the model's are zero in both views; identities and cameras;
        all in the order of the batches.

    Raises:
        ValueError: There is no batch, or the model reads part maps and the batches have none.
        BatchError: A batch's images have another shape or type.
    """
    model.to(device)
    fast: nn.Module | None = None
    normalise = Normalise().to(device)
    features: list[Tensor] = []
    identities: list[npt.NDArray[Any]] = []
    cameras: list[npt.NDArray[Any]] = []
    for images, batch_identities, batch_cameras, *maps in batches:
        with torch.inference_mode():
            inputs = [normalise(images.to(device, non_blocking=True)), *_read_maps(model, maps, device)]
        if fast is None:
            fast = for_inference(model, *(one[:1] for one in inputs))
        with torch.inference_mode():
            pixels, *parts = (torch.cat([one, one.flip(-1)]) for one in inputs)
            views = pixels.contiguous(memory_format=torch.channels_last)
            one, mirrored = fast(views, *parts).feature.float().chunk(2)
            features.append(functional.normalize(one + mirrored).cpu())
        identities.append(np.asarray(batch_identities))
        cameras.append(np.asarray(batch_cameras))
    if not features:
        raise BadValueError("there are no images to extract features from: the data set's list of images is empty")
    return Features(torch.cat(features).numpy(), np.concatenate(identities), np.concatenate(cameras))


def _read_maps(model: nn.Module, maps: Sequence[Tensor], device: torch.device | str) -> list[Tensor]:
    """Return the part maps on the device if the model reads them."""
    if parts_use(model) != "always":
        return []
    if not maps:
        raise BadValueError(
            f"{type(model).__name__} reads part maps, and the batches have none: give them after cameras"
        )
    return [one.to(device, non_blocking=True) for one in maps]
