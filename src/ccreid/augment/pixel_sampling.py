"""Semantic-guided pixel sampling: clothes repainted with other people's clothes (Shu et al. 2021, Sec. II-A)."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn

from ccreid.augment.batch import check_batch
from ccreid.errors import BadValueError
from ccreid.parts import CLOTHES, Part

Colours = Literal["vectors", "channels"]


class PixelSampling(nn.Module):
    """Repaints body parts with the pixels of the same parts of a shuffled batch, Eq. (1)-(2).

    For each part on its own, the images are shuffled, the part's pixels are laid into a bank (image by image in the
    shuffled order, each row by row), and the k-th pixel of that part of the batch in its own order takes the k-th entry
    of the bank. So the repainted pixels of a part are a permutation of the batch's own, donors run over from one image
    to the next, and every pixel outside the parts stays as it is, bit by bit.

    Colours are moved in one of two ways:

    - `"vectors"`, the paper: an entry of the bank is the (R, G, B) vector of a pixel.
    - `"channels"`, the effect of the authors' released code: an entry is one channel's value. Bank and batch are both
      read image by image, in each image all of the part's red values, then all green, then all blue. Where an image and
      its donor have different numbers of part pixels, values land in other channels, and colours come out that nobody
      wears. The values of a part, channels taken together, are a permutation of the batch's own.

    Nothing is read back from the device: on a GPU and under `torch.compile` all shapes are static. On the CPU in eager
    mode only the pixels of the parts are touched.

    Args:
        parts: The parts to repaint, each shuffled on its own; upper clothes and pants by default.
        colours: What an entry of the bank is.

    Raises:
        ValueError: `parts` is empty or names a part twice, or `colours` is unknown.

    Example:
        >>> images = torch.randint(0, 256, (4, 3, 8, 4), dtype=torch.uint8)
        >>> parts = torch.randint(0, 6, (4, 8, 4))
        >>> PixelSampling()(images, parts, torch.Generator().manual_seed(0)).shape
        torch.Size([4, 3, 8, 4])
    """

    def __init__(self, parts: Sequence[Part] = CLOTHES, colours: Colours = "vectors") -> None:
        super().__init__()
        if not parts or len(set(parts)) != len(parts):
            raise BadValueError(f"parts are {list(parts)}, expected at least one part and none twice")
        if colours not in get_args(Colours):
            raise BadValueError(f"colours is {colours!r}, expected one of {', '.join(map(repr, get_args(Colours)))}")
        self.parts = tuple(Part(part) for part in parts)
        self._values = tuple(int(part) for part in parts)  # torch.compile does not compare tensors with enum members
        self.colours = colours

    def forward(self, images: Tensor, parts: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return the generated copy of a batch.

        Args:
            images: (B, 3, H, W) of any uint8 or floating type; not changed.
            parts: Integers (B, H, W).
            generator: Source of the shuffles, on the images' device. `torch.compile` accepts no generator: leave it out
                there, and seed with `torch.manual_seed`.

        Raises:
            BatchError: Images and parts do not form a batch.
        """
        check_batch(images, parts)
        draws = torch.rand(len(self.parts), len(images), generator=generator, device=images.device)
        return repaint(images, parts, self._values, draws.argsort(dim=1), self.colours)

    def extra_repr(self) -> str:
        """Name the settings when the module is printed."""
        return f"parts={[part.name.lower() for part in self.parts]}, colours={self.colours!r}"


def repaint(images: Tensor, parts: Tensor, repainted: Sequence[int], orders: Tensor, colours: Colours) -> Tensor:
    """Repaint with given shuffles; what `PixelSampling` does after drawing them.

    Args:
        images: (B, 3, H, W).
        parts: Integers (B, H, W).
        repainted: P distinct values of `parts`.
        orders: int64 (P, B), for each part the images in the order in which their pixels are laid into the bank, the
            subscripts a_1..a_B of Eq. (1).
        colours: What an entry of the bank is.

    Returns:
        The repainted images, a new tensor of the images' shape and type.
    """
    fill = _fill_eager if images.device.type == "cpu" and not torch.compiler.is_compiling() else _fill_static
    return fill(images, parts.flatten(1), repainted, orders, colours)


def _fill_eager(images: Tensor, maps: Tensor, repainted: Sequence[int], orders: Tensor, colours: Colours) -> Tensor:
    """Move the pixels of the parts and no others, through lists of their positions."""
    batch, channels = images.shape[:2]
    length = maps.shape[1]
    result = images.clone(memory_format=torch.contiguous_format)
    values, filled = images.reshape(-1), result.view(-1)
    for part, order in zip(repainted, orders.tolist(), strict=True):
        # numpy compares and lists positions in a fraction of the time that torch takes.
        positions = np.flatnonzero(maps.numpy() == part)
        bounds = np.searchsorted(positions, np.arange(batch + 1) * length)
        # From the position in the part maps to that in the first of each image's planes.
        positions += np.repeat(np.arange(batch) * ((channels - 1) * length), np.diff(bounds))
        # Positions that stay together in the bank: an image's, or those of one of its channels.
        blocks = np.split(positions, bounds[1:-1])
        if colours == "channels":
            blocks = [block + channel * length for block in blocks for channel in range(channels)]
            order = [image * channels + channel for image in order for channel in range(channels)]
        own = torch.from_numpy(np.concatenate(blocks))
        donors = torch.from_numpy(np.concatenate([blocks[place] for place in order]))
        for plane in range(channels if colours == "vectors" else 1):
            drawn = values[plane * length :].index_select(0, donors)
            filled[plane * length :].scatter_(0, own, drawn)
    return result


def _fill_static(images: Tensor, maps: Tensor, repainted: Sequence[int], orders: Tensor, colours: Colours) -> Tensor:
    """Gather every value of the batch from where it comes, with shapes that do not depend on the part maps."""
    channels = images.shape[1]
    values, masks = images.reshape(-1), [maps == part for part in repainted]
    if colours == "channels":
        masks = [mask.repeat_interleave(channels, dim=0) for mask in masks]
        orders = (orders[:, :, None] * channels + torch.arange(channels, device=orders.device)).flatten(1)
    planes = channels if colours == "vectors" else 1
    # Rows are runs of values that stay together in the bank: a whole image, or one channel of it.
    rows, length = masks[0].shape
    size, device = rows * length, values.device
    stride = planes * length
    own = torch.arange(rows, device=device)[:, None] * stride + torch.arange(length, device=device)
    source = own
    for mask, order in zip(masks, orders, strict=True):
        rank = mask.cumsum(1) - 1
        counts = rank[:, -1] + 1
        starts_in_bank = torch.empty_like(counts).scatter_(0, order, _starts(counts[order]))
        # Pixels of other parts all go to the one slot past the end, which nobody reads.
        slots = torch.where(mask, rank + starts_in_bank[:, None], size)
        bank = own.new_zeros(size + 1).scatter_(0, slots.view(-1), own.view(-1))
        drawn = bank.gather(0, (rank + _starts(counts)[:, None]).clamp_(min=0).view(-1)).view(rows, length)
        source = torch.where(mask, drawn, source)
    filled = [values[plane * length :].gather(0, source.view(-1)).view(rows, length) for plane in range(planes)]
    return torch.stack(filled, dim=1).view_as(images)


def _starts(counts: Tensor) -> Tensor:
    """Return where each block begins when blocks of these lengths are laid end to end."""
    return counts.cumsum(0) - counts
