"""The augmentation of a training batch up to pixel sampling, batched on the images' device."""

import torch
from torch import Tensor, nn

from ccreid.augment.batch import check_batch
from ccreid.augment.crop import RandomCrop
from ccreid.augment.flip import RandomFlip
from ccreid.augment.jitter import ColourJitter
from ccreid.augment.low_resolution import LowResolution


class Augmentation(nn.Module):
    """Random flip, random crop, colour jitter and low resolution, in this order; images and part maps move together.

    The order of a whole training step, and why:

    1. flip, crop: the geometry first, so that everything after sees the final part maps;
    2. colour jitter, low resolution: a whole image changes at once, as under other light or from farther away, before
       its pixels are handed on;
    3. `PixelSampling`: on raw, augmented pixels, so that the pixels of the bank are those that the network also sees in
       the originals, and the black border of the crop is background and never a donor;
    4. `RandomErasing`, on originals and generated copies, each with a rectangle of its own: after pixel sampling, or an
       erased rectangle's flat colour would be handed on as somebody's clothes;
    5. `Normalise`, last: all of the above works in 0..255 (or 0..1).

    Steps 1 and 2 are this module; 3 to 5 are applied by the training step, since pixel sampling doubles the batch
    between them. Each transform is a few tensor operations over the whole batch, so nothing like kornia is needed.

    Args:
        flip: Probability of the horizontal flip, 0..1; 0 leaves it out.
        crop_padding: Padding of the random crop in pixels; 0 leaves it out.
        jitter: Strength of the colour jitter, 0..0.5; 0 leaves it out.
        crop_parts: Crop the part maps along with the images. False leaves them where they were, as the released code
            of Shu et al. 2021 does: then they are up to `crop_padding` pixels beside what they say.
        smallest: Least height of an image of low resolution, in pixels; 0 leaves it out.

    Raises:
        ValueError: A value is out of its range.
    """

    def __init__(
        self,
        flip: float = 0.5,
        crop_padding: int = 10,
        jitter: float = 0.1,
        crop_parts: bool = True,
        smallest: int = 0,
    ) -> None:
        super().__init__()
        self.flip = RandomFlip(flip)
        self.crop = RandomCrop(crop_padding)
        self.crop_parts = crop_parts
        self.jitter = ColourJitter(jitter)
        self.low_resolution = LowResolution(smallest)

    def forward(self, images: Tensor, parts: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Return augmented images (B, 3, H, W) of the given type, not normalised, and their parts (B, H, W).

        Args:
            images: uint8 in 0..255, or floating point in 0..1.
            parts: Integers.
            generator: Source of all random draws, on the images' device.

        Raises:
            BatchError: Images and parts do not form a batch.
        """
        check_batch(images, parts)
        if self.flip.p > 0:
            images, parts = self.flip(images, parts, generator)
        if self.crop.padding > 0:
            images, cropped = self.crop(images, parts, generator)
            parts = cropped if self.crop_parts else parts
        if self.jitter.strength > 0:
            images = self.jitter(images, generator)
        if self.low_resolution.smallest > 0:
            images = self.low_resolution(images, generator)
        return images, parts
