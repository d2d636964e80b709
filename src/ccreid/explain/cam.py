"""Where in an image a model finds its answer: class activation maps of any model (Shu et al. 2021, Fig. 4).

CAM is Zhou et al., "Learning deep features for discriminative localization" (CVPR 2016); Grad-CAM is Selvaraju et al.
(ICCV 2017).
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.errors import BadValueError
from ccreid.models.network import ReIDOutput

ROWS: Final = 16
"""Rows of the maps: the last map's in the paper's setting, 256x128 pixels and last stride 1."""

Score = Callable[[ReIDOutput], Tensor]
"""What a map explains: from a model's output to one number an image, (B,)."""


def explainable(model: nn.Module) -> nn.Module:
    """Return a copy of a model in evaluation mode whose weights take no gradients, as the functions here want it."""
    return copy.deepcopy(model).eval().requires_grad_(False)


def top_identity(output: ReIDOutput) -> Tensor:
    """Return the logit (B,) of the training identity that an image looks most like, the sum over all classifiers.

    Test people are no class of the classifier. As is usual, and as the paper's Fig. 4 must have it, their maps explain
    the class that the model takes them for.

    Raises:
        ValueError: The model has no classifier.
    """
    if not output.logits:
        raise BadValueError("the model has no classifier, so no class that a map could explain")
    return torch.stack(output.logits).sum(dim=0).amax(dim=1)


def likeness(features: Tensor) -> Score:
    """Return the score of how like given features (B, D) an image's retrieval feature is, by their scalar product.

    With the features of other images of the same person, a map explains what the person is found by (Chen et al.,
    "Adapting Grad-CAM for embedding networks", WACV 2020). The image's own feature is not normalised: the length is
    one factor for the whole map.
    """
    return lambda output: (output.feature * features).sum(dim=1)


def class_activation_map(
    model: nn.Module, layer: nn.Module | None, inputs: Sequence[Tensor], score: Score, rows: int = ROWS
) -> Tensor:
    """Return how much each place of a feature map adds to the score.

    It is the sum over the channels of the map times its gradient. At a last map that is averaged and goes through an
    affine head, as the baseline's BNNeck and classifier are, this is CAM: the map weighted by the class's weights (with
    the batch norm's scale in them), divided by the number of places, and without the constant. It holds beyond that:
    under stripes each place has its stripe's weights, under max pooling only the maxima count, and an earlier map adds
    up to the score as well, but for the constants of the layers after it (Draelos & Carin 2020, "HiResCAM").

    Args:
        model: See `explainable`; takes the inputs and returns `ReIDOutput`.
        layer: The module whose output is the map, see `find_cam_layer`; None takes the images, where a place adds what
            it would take away in the mean colour.
        inputs: The normalised images (B, 3, H, W), and what else the model takes.
        score: What is explained.
        rows: Most rows of the result. Cells of a finer map are added up to `rows` x (`rows` * W / H).

    Returns:
        float (B, h, w), negative where a place speaks against the score; it lies over the image.

    Example:
        >>> from ccreid.explain.cam_layer import find_cam_layer
        >>> from ccreid.models import build_model
        >>> model = explainable(build_model("baseline", num_identities=150, backbone="resnet18"))
        >>> images = torch.rand(2, 3, 64, 32)
        >>> layer = find_cam_layer(model, [images], rows=4)
        >>> class_activation_map(model, layer, [images], top_identity).shape
        torch.Size([2, 4, 2])
    """
    feature_map, gradient = _map_and_gradient(model, layer, inputs, score)
    return _coarser((feature_map * gradient).sum(dim=1), inputs[0], rows)


def grad_cam(model: nn.Module, layer: nn.Module | None, inputs: Sequence[Tensor], score: Score) -> Tensor:
    """Return Grad-CAM: the positive part of a map's channels, each weighted by its mean gradient over all places.

    For global average pooling with an affine head it is the positive part of `class_activation_map`. Elsewhere one
    weight a channel for all places is a coarser account: it cannot tell the stripes of PCB apart.

    Args:
        model: See `explainable`; takes the inputs and returns `ReIDOutput`.
        layer: The module whose output is the map; None takes the images.
        inputs: The normalised images (B, 3, H, W), and what else the model takes.
        score: What is explained.

    Returns:
        float (B, h, w), not negative, of at most `ROWS` rows; it lies over the image.
    """
    feature_map, gradient = _map_and_gradient(model, layer, inputs, score)
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return _coarser((feature_map * weights).sum(dim=1).clamp_min(0), inputs[0], ROWS)


def over_image(maps: Tensor, height: int, width: int) -> Tensor:
    """Return the positive part of maps (B, h, w), in the size of the images, (B, height, width).

    Args:
        maps: (B, h, w).
        height: Of the images, in pixels.
        width: Of the images, in pixels.

    Returns:
        float (B, height, width), resized bilinearly.
    """
    positive = maps.clamp_min(0)[:, None]
    return functional.interpolate(positive, (height, width), mode="bilinear", align_corners=False)[:, 0]


def _map_and_gradient(
    model: nn.Module, layer: nn.Module | None, inputs: Sequence[Tensor], score: Score
) -> tuple[Tensor, Tensor]:
    with torch.enable_grad():
        if layer is None:
            feature_map = inputs[0].detach().clone().requires_grad_()
            output = model(feature_map, *inputs[1:])
        else:
            with _output_as_leaf(layer) as leaves:
                output = model(*inputs)
            feature_map = leaves[0]
        # Images do not mix, so that the gradient of the sum is each image's own.
        (gradient,) = torch.autograd.grad(score(output).sum(), feature_map)
    return feature_map.detach(), gradient


@contextmanager
def _output_as_leaf(module: nn.Module) -> Iterator[list[Tensor]]:
    """Let the module's outputs in the block be what gradients are taken of, and nothing before it; they are listed."""
    leaves: list[Tensor] = []

    def replace(_: nn.Module, __: Any, output: Tensor) -> Tensor:
        leaves.append(output.detach().clone().requires_grad_())
        # A copy goes on, which an activation may overwrite.
        return leaves[-1].clone()

    hook = module.register_forward_hook(replace)
    try:
        yield leaves
    finally:
        hook.remove()


def _coarser(maps: Tensor, images: Tensor, rows: int) -> Tensor:
    """Add the cells of maps (B, h, w) up to `rows` rows, in the images' shape; maps with fewer rows stay."""
    if maps.shape[1] <= rows:
        return maps
    height, width = images.shape[2:]
    columns = min(max(round(rows * width / height), 1), maps.shape[2])
    cells = maps.shape[1] * maps.shape[2] / (rows * columns)
    return functional.adaptive_avg_pool2d(maps, (rows, columns)) * cells
