"""The head alone: the baseline on heads cut out by part maps (Shu et al. 2021, Sec. III, Table IV).

`Head` is the system; `head_crops` cuts out what it sees, the squares of `head_boxes`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from ccreid.models.baseline import Baseline
from ccreid.models.network import ReIDNetwork, ReIDOutput
from ccreid.parts import Part


class Head(ReIDNetwork):
    """The baseline on the square crops of `head_crops`.

    An image without head pixels has a feature of zeros, which evaluation counts as a miss. In training it is a crop of
    the mean colour.

    Args:
        num_identities: N, training identities.
        backbone: Name of the backbone; see `build_backbone`.
        weights: What the backbone starts from: "imagenet", "none" or a file; see `build_backbone`.
        last_stride: Stride of the backbone's last stage, 1 or 2.

    Raises:
        ValueError: `num_identities` is below 1, or the backbone is refused; see `build_backbone`.
    """

    reads_parts = "always"
    resamples = True  # the maps of the crop do not lie over the image, see `find_cam_layer`

    def __init__(self, num_identities: int, backbone: str, weights: str | Path = "none", last_stride: int = 1) -> None:
        super().__init__()
        self.baseline = Baseline(num_identities, backbone, weights, last_stride)

    def forward(self, images: Tensor, parts: Tensor) -> ReIDOutput:
        """Return the baseline's output on the heads.

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
            parts: Their part maps, uint8 (B, H, W).

        Returns:
            Embedding (B, D), logits (B, N) and feature (B, D), which is zero where there is no head.
        """
        crops, found = head_crops(images, parts)
        output: ReIDOutput = self.baseline(crops)
        # Spelt out, as torch.compile of torch 2.11 does not know `_replace`.
        return ReIDOutput(output.embeddings, output.logits, output.feature * found[:, None], output.auxiliary)


MARGIN: Final = 0.15
"""Of the longer side of the head's bounding box, kept around it on each side."""

# A plain number: torch.compile does not compare tensors with members of an enumeration.
_HEAD: Final = int(Part.HEAD)


def head_crops(images: Tensor, parts: Tensor) -> tuple[Tensor, Tensor]:
    """Return the heads as square images, and which images have one.

    A crop is the square around the middle of the head pixels' bounding box that holds it with a margin, so heads keep
    their proportions in the image; it is resized bilinearly. Beyond the image is zero, the mean colour of normalised
    images. An image without head pixels gives a crop that is zero throughout.

    Args:
        images: Normalised images (B, 3, H, W).
        parts: Their part maps, uint8 (B, H, W).

    Returns:
        Crops (B, 3, S, S), where S is the shorter side of the images, and bool (B,), whether there is a head.
    """
    boxes, found = head_boxes(parts)
    crops = squares(images, boxes, parts.shape[1:], min(images.shape[2:]))
    return (crops * found[:, None, None, None]).to(images.dtype), found


def squares(images: Tensor, boxes: Tensor, size: Sequence[int], side: int) -> Tensor:
    """Cut a square out of each image and resize it bilinearly; beyond the image is zero.

    Args:
        images: (B, C, H, W).
        boxes: (B, 3): x and y of the middle and the side, in pixels of an image of `size`.
        size: Height and width that the boxes were found at; the images may be larger or smaller.
        side: Of what is returned, in pixels.

    Returns:
        float32 (B, C, side, side).
    """
    height, width = size
    # In full precision, also under autocast: bfloat16 knows no places between the pixels of an image.
    with torch.autocast(images.device.type, enabled=False):
        scale = images.new_tensor([2 / width, 2 / height], dtype=torch.float32)
        middle, half = boxes[:, :2] * scale - 1, boxes[:, 2:] * scale / 2
        theta = torch.cat([torch.diag_embed(half), middle[:, :, None]], dim=2)
        grid = functional.affine_grid(theta, [*images.shape[:2], side, side], align_corners=False)
        return functional.grid_sample(images.float(), grid, align_corners=False)


def head_boxes(parts: Tensor) -> tuple[Tensor, Tensor]:
    """Return the squares that are cut out, and which images have a head.

    Args:
        parts: uint8 (B, H, W).

    Returns:
        float32 (B, 3): x and y of the middle and the side, in pixels from the image's upper left corner; the square may
        reach beyond the image, and is the image's longer side around its middle where there is no head. And bool (B,).
    """
    head = parts == _HEAD
    found = head.flatten(1).any(1)
    left, right = _extent(head.any(1))
    top, bottom = _extent(head.any(2))
    side = torch.maximum(right - left, bottom - top) * (1 + 2 * MARGIN)
    boxes = torch.stack([(left + right) / 2, (top + bottom) / 2, side], dim=1)
    height, width = parts.shape[1:]
    whole = torch.tensor([width / 2, height / 2, max(height, width)], device=parts.device)
    return torch.where(found[:, None], boxes, whole), found


def _extent(occupied: Tensor) -> tuple[Tensor, Tensor]:
    """Return where the first true place of each row of (B, L) begins and where the last ends, in pixels."""
    places = torch.arange(occupied.shape[1], device=occupied.device)
    first = places.where(occupied, occupied.shape[1]).amin(1)
    last = places.where(occupied, -1).amax(1)
    return first.float(), last.float() + 1
