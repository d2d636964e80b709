"""Random scale, turn and move of images together with their part maps."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.augment.batch import check_batch, from_unit, to_unit
from ccreid.errors import BadValueError


class RandomAffine(nn.Module):
    """Scales, turns and moves each image and its part map about the image's middle.

    What comes in from outside repeats the edge, in images and part maps alike. Images are sampled bilinearly, part maps
    at the nearest pixel.

    Args:
        scale: s; each image is enlarged by a factor from 1 / (1 + s) to 1 + s, uniform in its logarithm, and as much
            again, by up to a third of that, in width alone.
        turn: Largest turn in radians, either way.
        move: Largest move as a share of the height and of the width.

    Raises:
        ValueError: A value is negative.
    """

    def __init__(self, scale: float = 0.25, turn: float = 0.1, move: float = 0.08) -> None:
        super().__init__()
        for name, value in (("scale", scale), ("turn", turn), ("move", move)):
            if not 0 <= value < math.inf:
                raise BadValueError(f"the {name} of the random affine is {value}, expected 0 or more")
        self.scale, self.turn, self.move = scale, turn, move

    def forward(self, images: Tensor, parts: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Return images (B, 3, H, W) and parts (B, H, W) of the given types.

        Args:
            images: uint8 in 0..255 or floating point in 0..1.
            parts: Integers.
            generator: Source of the draws, on the images' device.

        Raises:
            BatchError: Images and parts do not form a batch.
        """
        check_batch(images, parts)
        draws = 2 * torch.rand(5, len(images), generator=generator, device=images.device) - 1
        taller = math.log1p(self.scale) * draws[0]
        wider = taller + math.log1p(self.scale) / 3 * draws[1]
        return warp(images, parts, taller.exp(), wider.exp(), self.turn * draws[2], self.move * draws[3:])


def warp(
    images: Tensor, parts: Tensor, taller: Tensor, wider: Tensor, turn: Tensor, move: Tensor
) -> tuple[Tensor, Tensor]:
    """Apply given factors; what `RandomAffine` does after drawing them.

    Args:
        images: (B, 3, H, W).
        parts: Integers (B, H, W).
        taller: (B,), factor of the height.
        wider: (B,), factor of the width.
        turn: (B,), clockwise, in radians.
        move: (2, B), down and to the right, as shares of the height and of the width.
    """
    height, width = images.shape[2:]
    cosine, sine = turn.cos(), turn.sin()
    # From where in the given image each pixel of the result comes, in coordinates of -1..1 along each side, x first.
    to_x = torch.stack([cosine, sine * (height / width)], 1) / wider[:, None]
    to_y = torch.stack([-sine * (width / height), cosine], 1) / taller[:, None]
    linear = torch.stack([to_x, to_y], 1)
    offset = linear @ (-2 * move.flip(0).T.unsqueeze(2))
    matrices = torch.cat([linear, offset], 2)
    grid = functional.affine_grid(matrices, [len(images), 3, height, width], align_corners=False)
    warped = functional.grid_sample(to_unit(images), grid, mode="bilinear", padding_mode="border", align_corners=False)
    labels = functional.grid_sample(
        parts.unsqueeze(1).to(grid.dtype), grid, mode="nearest", padding_mode="border", align_corners=False
    )
    return from_unit(warped, images.dtype), labels.squeeze(1).to(parts.dtype)
