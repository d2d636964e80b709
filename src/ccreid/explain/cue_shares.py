"""Cue shares: how much of what a class activation map shows falls on each of the six parts.

Shu et al. 2021, Sec. III-D, say of a few heat maps that the method looks at heads and shoes and the baseline at
clothes; here it is a number over many images.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from ccreid.augment import Normalise
from ccreid.datasets.images import read_pair
from ccreid.datasets.record import ImageRecord
from ccreid.errors import BadValueError
from ccreid.explain.cam import ROWS, class_activation_map, explainable, over_image, top_identity
from ccreid.explain.cam_layer import find_cam_layer
from ccreid.models.reid_model import ReIDModel
from ccreid.parts import NUM_PARTS

_BATCH: Final = 32


@dataclass(frozen=True, eq=False)
class CueShares:
    """Shares of the parts, float64 (6,) each, mean over images; they add up to 1.

    Attributes:
        energy: Of the positive part of the class activation maps.
        area: Of the images' pixels. A model that looks everywhere alike has energy equal to area.
        images: Number of images in the mean.
        cells: Rows and columns of the maps, before they are brought to the size of the images.
    """

    energy: Tensor
    area: Tensor
    images: int
    cells: tuple[int, int]


def measure_cue_shares(model: ReIDModel, records: Sequence[ImageRecord]) -> CueShares:
    """Return where a model's class activation maps lie, as the mean over images of each image's shares.

    A map explains the training identity that the model takes the image for, see `top_identity`; how it comes about is
    in `class_activation_map` and `find_cam_layer`. Each image counts alike, however strong its map is. An image whose
    map is nowhere positive, or that has no part map, does not count.

    Args:
        model: A copy of its network runs.
        records: Images with part maps.

    Returns:
        The shares' means over the images that count.

    Raises:
        ValueError: No image counts, or the model has no classifier.
        ImageError: An image is broken.
        PartMapError: A part map is broken or does not fit its image.
    """
    records = [record for record in records if record.parts is not None]
    if not records:
        raise BadValueError("no image has a part map, by which cue shares are counted: make them with `ccreid parse`")
    explained = explainable(model.network).to(model.device)
    layer: nn.Module | None = None
    energy: list[Tensor] = []
    area: list[Tensor] = []
    cells = 0, 0
    for start in range(0, len(records), _BATCH):
        batch = read_explained(model, records[start : start + _BATCH])
        if not energy:
            layer = find_cam_layer(explained, [one[:1] for one in batch.inputs], ROWS)
        maps = class_activation_map(explained, layer, batch.inputs, top_identity)
        cells = maps.shape[1], maps.shape[2]
        energy.append(part_shares(over_image(maps, *model.size), batch.parts).cpu())
        area.append(part_shares(torch.ones_like(batch.parts, dtype=torch.float32), batch.parts).cpu())
    shares, areas = torch.cat(energy), torch.cat(area)
    counted = shares.isfinite().all(dim=1)
    if not counted.any():
        raise BadValueError("no image has a class activation map that is positive anywhere: train the model further")
    return CueShares(shares[counted].mean(dim=0), areas[counted].mean(dim=0), int(counted.sum()), cells)


def part_shares(energy: Tensor, parts: Tensor) -> Tensor:
    """Return the share of each image's energy that falls on each part.

    Args:
        energy: float (B, H, W), not negative.
        parts: Integers (B, H, W), values 0..5.

    Returns:
        float64 (B, 6); each row adds up to 1, or is NaN where an image has no energy.

    Example:
        >>> head_above_trousers = torch.tensor([[[1, 1], [4, 4]]])
        >>> part_shares(torch.tensor([[[3.0, 0.0], [1.0, 0.0]]]), head_above_trousers).tolist()
        [[0.0, 0.75, 0.0, 0.0, 0.25, 0.0]]
    """
    flat, values = energy.double().flatten(1), parts.long().flatten(1)
    sums = flat.new_zeros(len(flat), NUM_PARTS).scatter_add_(1, values, flat)
    return sums / sums.sum(dim=1, keepdim=True)


class ExplainedImages(NamedTuple):
    """A batch of images whose maps are asked for.

    Attributes:
        inputs: What the model takes: normalised images (B, 3, H, W), and the part maps if it reads them.
        parts: uint8 (B, H, W), values 0..5; background throughout where an image has no part map.
    """

    inputs: list[Tensor]
    parts: Tensor


def read_explained(model: ReIDModel, records: Sequence[ImageRecord]) -> ExplainedImages:
    """Read images, and their part maps where they have any, as the model's network takes them, on its device.

    Args:
        model: Says the image size and the device.
        records: The images.

    Returns:
        The batch, in the records' order.

    Raises:
        ImageError: An image is broken.
        PartMapError: A part map is broken or does not fit its image.
    """
    pairs = [read_pair(record, *model.size) for record in records]
    images = torch.stack([image for image, _ in pairs]).to(model.device)
    parts = torch.stack([part_map for _, part_map in pairs]).to(model.device)
    inputs = [Normalise().to(model.device)(images)]
    if model.network.reads_parts == "always":
        inputs.append(parts)
    return ExplainedImages(inputs, parts)
