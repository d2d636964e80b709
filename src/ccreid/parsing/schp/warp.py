"""The affine crop that SCHP sees an image through, and the way of its logits back to the image's pixels.

The image's longer side spans the square input from the first pixel's centre to the last one's, the shorter side is
centred, and what the image does not cover is zero. The authors do both with `cv2.warpAffine`, bilinearly and without
a low-pass filter, and so does `grid_sample` here, but at exact places: OpenCV below 5 rounds each place to the nearest
1/32 pixel. That moves a place by at most 1/64 pixel, so a pixel of the crop by at most a 64th of its neighbours'
difference in each direction, and a logit likewise; a label changes only where two logits are about equal.
"""

import torch
from torch import Tensor
from torch.nn import functional


def crop_to_square(image: Tensor, size: int) -> Tensor:
    """Return the square crop (channel, size, size) of an image.

    Args:
        image: Floating point (channel, H, W).
        size: Side of the crop in pixels, at least 2.
    """
    height, width = image.shape[1:]
    return _resampled(image, size, size, _image_pixels_per_crop_pixel(height, width, size))


def uncrop_to_image(crop: Tensor, height: int, width: int) -> Tensor:
    """Return what a square crop shows of each pixel of its image, (channel, height, width).

    Args:
        crop: Floating point (channel, size, size).
        height: Of the image, in pixels.
        width: Likewise.
    """
    return _resampled(crop, height, width, 1 / _image_pixels_per_crop_pixel(height, width, crop.shape[2]))


def _image_pixels_per_crop_pixel(height: int, width: int, size: int) -> float:
    # An image of one pixel has no extent from centre to centre.
    return max(height - 1, width - 1, 1) / (size - 1)


def _resampled(source: Tensor, height: int, width: int, step: float) -> Tensor:
    """Sample a map (channel, h, w) at (height, width) places, `step` of its pixels apart, about the common centre."""
    across = step * width / source.shape[2]
    down = step * height / source.shape[1]
    matrix = torch.tensor([[[across, 0, 0], [0, down, 0]]], dtype=source.dtype, device=source.device)
    grid = functional.affine_grid(matrix, [1, source.shape[0], height, width], align_corners=False)
    return functional.grid_sample(source[None], grid, padding_mode="zeros", align_corners=False)[0]
