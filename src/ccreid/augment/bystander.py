"""Someone else at the side of the picture, who is not the person that it is of."""

import torch
from torch import Tensor, nn

from ccreid.augment.batch import check_batch
from ccreid.errors import BadValueError
from ccreid.parts import IGNORED, Part

# How far to the side the other person is moved, as shares of the width, and up or down at most, of the height.
_ASIDE = (0.45, 0.8)
_UP_OR_DOWN = 0.15


class RandomBystander(nn.Module):
    """Puts another image's person of the batch behind the person of an image, at its side, with probability `p`.

    The other is background in the part map: the person of an image is the one in its middle.

    Args:
        p: Probability, 0..1.

    Raises:
        ValueError: `p` is not in 0..1.
    """

    def __init__(self, p: float = 0.25) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise BadValueError(f"the bystander probability is {p}, expected 0..1")
        self.p = p

    def forward(self, images: Tensor, parts: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Return images (B, 3, H, W), some of them with another person, and their parts (B, H, W), as they were.

        Args:
            images: uint8 or floating point.
            parts: Integers, parts and `IGNORED`.
            generator: Source of the draws, on the images' device.

        Raises:
            BatchError: Images and parts do not form a batch.
        """
        check_batch(images, parts)
        chance, side, aside, down = torch.rand(4, len(images), generator=generator, device=images.device).tolist()
        changed = images.clone()
        height, width = images.shape[2:]
        for place in range(len(images)):
            if chance[place] >= self.p:
                continue
            right = round((_ASIDE[0] + (_ASIDE[1] - _ASIDE[0]) * aside[place]) * width)
            lower = round(_UP_OR_DOWN * (2 * down[place] - 1) * height)
            # The next image of the batch, so that nobody stands beside herself unless the batch is one image.
            other = (place + 1) % len(images)
            right = right if side[place] < 0.5 else -right
            moved, person = _moved(images[other], lower, right), _moved(parts[other][None], lower, right)[0]
            seen = (person != Part.BACKGROUND) & (person != IGNORED) & (parts[place] == Part.BACKGROUND)
            changed[place] = torch.where(seen, moved, images[place])
        return changed, parts


def _moved(picture: Tensor, down: int, right: int) -> Tensor:
    """Return a picture (C, H, W) moved by whole pixels; what comes in from outside is 0, background in part maps."""
    height, width = picture.shape[1:]
    moved = torch.zeros_like(picture)
    rows = slice(max(0, down), height + min(0, down)), slice(max(0, -down), height + min(0, -down))
    columns = slice(max(0, right), width + min(0, right)), slice(max(0, -right), width + min(0, -right))
    moved[:, rows[0], columns[0]] = picture[:, rows[1], columns[1]]
    return moved
