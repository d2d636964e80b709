"""The augmentation of a batch that a human parser is trained on, batched on the images' device."""

import torch
from torch import Tensor, nn

from ccreid.augment.affine import RandomAffine
from ccreid.augment.batch import check_batch, from_unit, to_unit
from ccreid.augment.bystander import RandomBystander
from ccreid.augment.flip import RandomFlip
from ccreid.augment.jitter import ColourJitter
from ccreid.augment.occlusion import RandomOcclusion
from ccreid.augment.poor_camera import PoorCamera


class ParsingAugmentation(nn.Module):
    """Random flip, affine, bystander, colour jitter, occlusion and a poor camera: the world before its picture.

    Much stronger than `Augmentation`: a parser must not lean on how its few photos and renderings look.

    Args:
        flip: Probability of the horizontal flip, 0..1.
        scale: Of `RandomAffine`.
        turn: Of `RandomAffine`, in radians.
        move: Of `RandomAffine`.
        jitter: Strength of the colour jitter, 0..0.5.
        hue: Of the colour jitter, 0..0.5.
        occlusion: Probability of an occluder, 0..1.
        poor_camera: Share of `PoorCamera`, 0..1.
        bystander: Probability of somebody else at the side, 0..1.

    Raises:
        ValueError: A value is out of its range.
    """

    def __init__(
        self,
        flip: float,
        scale: float,
        turn: float,
        move: float,
        jitter: float,
        hue: float,
        occlusion: float,
        poor_camera: float,
        bystander: float = 0.0,
    ) -> None:
        super().__init__()
        self.flip = RandomFlip(flip)
        self.affine = RandomAffine(scale, turn, move)
        self.bystander = RandomBystander(bystander)
        self.jitter = ColourJitter(jitter, hue)
        self.occlusion = RandomOcclusion(occlusion)
        self.camera = PoorCamera(poor_camera)

    def forward(self, images: Tensor, parts: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Return augmented images (B, 3, H, W) of the given type and their parts (B, H, W).

        Args:
            images: uint8 in 0..255 or floating point in 0..1.
            parts: Integers.
            generator: Source of all random draws, on the images' device.

        Raises:
            BatchError: Images and parts do not form a batch.
        """
        check_batch(images, parts)
        pictures = to_unit(images)
        pictures, parts = self.flip(pictures, parts, generator)
        pictures, parts = self.affine(pictures, parts, generator)
        pictures, parts = self.bystander(pictures, parts, generator)
        pictures = self.jitter(pictures, generator)
        pictures, parts = self.occlusion(pictures, parts, generator)
        return from_unit(self.camera(pictures, generator), images.dtype), parts
