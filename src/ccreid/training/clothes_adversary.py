"""The clothes classifier that a training plays against, and who wears which outfit (Gu et al., CVPR 2022)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.datasets.record import DataSetError, ImageRecord
from ccreid.losses import ClothesAdversarialLoss
from ccreid.losses.clothes_adversarial import SCALE
from ccreid.losses.precision import at_least_float32
from ccreid.training.outfit_labels import outfit_numbers


@dataclass(frozen=True)
class Outfits:
    """Who wears what on the training images.

    Attributes:
        worn: int64, by the images' rows: the outfit, 0..C - 1.
        owner: int64 (C,), the person of each outfit.
    """

    worn: Tensor
    owner: Tensor


def outfits_of(records: Sequence[ImageRecord]) -> Outfits:
    """Number the outfits of all people of the training images.

    Raises:
        DataSetError: An image's outfit is not known, or nobody has two.
    """
    numbers = outfit_numbers(
        records,
        "which outfit is worn, and the clothes-based adversarial loss needs to know: choose a data set with outfits, "
        "or set loss.clothes_weight 0",
    )
    worn = [numbers[record.identity, record.clothes] for record in records]
    owner = [identity for identity, _ in numbers]
    if len(numbers) == len(set(owner)):
        raise DataSetError(
            f"each of the {len(numbers):,} training people has one outfit, and the clothes-based adversarial loss "
            "tells a person's outfits from each other: choose a data set in which people change clothes, or set "
            "loss.clothes_weight 0"
        )
    return Outfits(torch.tensor(worn), torch.tensor(owner))


class ClothesAdversary(nn.Module):
    """A classifier of outfits and the two losses around it; no part of the model that is saved.

    The classifier compares directions: its logits are cosines. Its own loss is cross-entropy on features that it cannot
    change; the adversarial loss changes the features alone, and takes the classifier as it is before the step. So one
    way back serves both. Gu et al. let both begin at once; here the classifier learns from the first step on, and has
    learned what there is to forget when the adversarial loss begins.

    Args:
        width: Length of the features.
        outfits: Who wears what on the training images.
        epsilon: Of the adversarial loss.
    """

    worn: Tensor
    owner: Tensor

    def __init__(self, width: int, outfits: Outfits, epsilon: float = 0.1) -> None:
        super().__init__()
        self.weight = nn.Parameter(functional.normalize(torch.randn(len(outfits.owner), width)))
        self.adversarial = ClothesAdversarialLoss(epsilon)
        self.register_buffer("worn", outfits.worn, persistent=False)
        self.register_buffer("owner", outfits.owner, persistent=False)

    def forward(self, features: Tensor, rows: Tensor, weight: float) -> dict[str, Tensor]:
        """Return the losses by name, scalars in float32 with their weights in them.

        Args:
            features: (B, D), what images are searched by.
            rows: int64 (B,), places of the images among the training images.
            weight: Of the adversarial loss; 0 before it begins.
        """
        outfits = self.worn[rows]
        # Cosines that are told apart need more than the bits of a mixed precision.
        with torch.autocast(features.device.type, enabled=False):
            unit = functional.normalize(at_least_float32(features))
            directions = functional.normalize(at_least_float32(self.weight))
            losses = {"clothes": functional.cross_entropy(SCALE * unit.detach() @ directions.T, outfits)}
            if weight > 0:
                own = self.owner[outfits][:, None] == self.owner
                losses["adversarial"] = weight * self.adversarial(unit @ directions.detach().T, outfits, own)
        return losses
