"""Fig. 3 of Shu et al. 2021: random erasing beside pixel sampling, and what each does to the pixels' values."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ccreid.figures.drawing import Drawing, Plot
from ccreid.figures.tiles import picture, stacked, tile_grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CHANNELS: Final = {"red": "#c82828", "green": "#008c3c", "blue": "#285ac8"}

# The frame of a histogram, the room around it for what stands at its axes, and between two, in pixels.
_HEIGHT: Final = 130
_ABOVE: Final = 22
_BELOW: Final = 36
_LEFT: Final = 38
_RIGHT: Final = 12
_GAP: Final = 8


def erasing_figure(images: Tensor, erased: Tensor, repainted: Tensor, labels: Sequence[str] = ()) -> Drawing:
    """Return the images, the same with a rectangle erased, and repainted, and each row's histogram of values below.

    Erasing fills with one colour, which stands out of the histogram as a peak that no image has; repainting moves
    values that are there (Sec. III-C). The histograms have one scale, beyond which a peak is written down; they need
    matplotlib when the drawing is written.

    Args:
        images: uint8 (B, 3, H, W).
        erased: uint8 (B, 3, H, W), what random erasing made of them.
        repainted: uint8 (B, 3, H, W), what pixel sampling made of them.
        labels: Text above each column, such as the identity.
    """
    kinds = {"image": images, "random erasing": erased, "pixel sampling": repainted}
    grid = tile_grid(
        [[picture(image) for image in batch] for batch in kinds.values()],
        row_labels=tuple(kinds),
        column_labels=labels,
    )
    width = max(grid.width // len(kinds) - _LEFT - _RIGHT - _GAP, 140)
    # Beyond what repainting makes, a peak is written down rather than drawn.
    top = 1.5 * float(max(_shares(images).max(), _shares(repainted).max()))
    panels = [_histogram(name, batch, width, top, first=name == "image") for name, batch in kinds.items()]
    return stacked([grid, tile_grid([panels], gap=_GAP)])


def _histogram(title: str, images: Tensor, width: int, top: float, *, first: bool) -> Drawing:
    """Return the shares of the 256 values of each channel as lines, cut off at the share `top`."""
    shares = _shares(images)
    beside = max((int(share.argmax()) for share in shares if share.max() > top), default=0)

    def draw(axes: "Axes") -> None:
        for line, ((name, colour), share) in enumerate(zip(_CHANNELS.items(), shares, strict=True)):
            axes.plot(100 * share, color=colour, label=name)
            if share.max() > top:
                below = (3, -6 * (line + 1))
                axes.annotate(
                    f"{100 * share.max():.0f} %", (beside, 100 * top), below, textcoords="offset points", color=colour
                )
        axes.set(xlim=(0, 255), ylim=(0, 100 * top), xticks=(0, 64, 128, 192, 255), title=title)
        axes.set_xlabel("pixel value", labelpad=1)
        if first:
            axes.set_ylabel("share of pixels, %", labelpad=1)
            axes.legend(frameon=False, handlelength=1, labelspacing=0.2, borderaxespad=0.2)

    return Drawing(_LEFT + width + _RIGHT, _ABOVE + _HEIGHT + _BELOW, (Plot(_LEFT, _ABOVE, width, _HEIGHT, draw),))


def _shares(images: Tensor) -> NDArray[np.float32]:
    """Return the share of each value in each channel, (3, 256)."""
    counts = torch.stack([torch.bincount(images[:, channel].flatten().long(), minlength=256) for channel in range(3)])
    return np.asarray((counts / counts.sum(dim=1, keepdim=True)).cpu())
