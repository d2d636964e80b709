"""How similar pairs of one person and of different people are, and what thresholds make of it: ROC and DET curves."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ccreid.evaluation.calibrate import Curve, Measured, curve, quantile
from ccreid.evaluation.pair_counts import BINS, KINDS
from ccreid.figures.drawing import Drawing, Plot
from ccreid.models.calibration import CLOTHES, Clothes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES: Final = {
    "different": "different people",
    "across": "one person, other clothes",
    "within": "one person, same clothes",
    "unknown": "one person",
}
"""What pairs are called, by their kind."""

# Okabe-Ito colours, told apart by colour-blind readers.
_COLOURS: Final = {"different": "#000000", "across": "#d55e00", "within": "#0072b2", "unknown": "#009e73"}

# The frame of a plot and the room around it, in pixels.
_WIDTH, _HEIGHT = 380, 280
_LEFT, _ABOVE, _RIGHT, _BELOW = 62, 30, 16, 50

# Columns of the histogram over the whole range of the similarity.
_COLUMNS: Final = 128


def similarity_plot(measured: Measured) -> Drawing:
    """Return the share of the pairs of each kind at each similarity, with the thresholds as lines.

    Args:
        measured: Of `calibrate`.
    """
    counts = measured.counts[:, : BINS - 1].reshape(len(KINDS), _COLUMNS, -1).sum(axis=2)
    counts[:, -1] += measured.counts[:, -1]
    middles = (np.arange(_COLUMNS) + 0.5) * 2 / _COLUMNS - 1
    used = [kind for kind in range(len(KINDS)) if counts[kind].any()]
    ends = [quantile(measured.counts[kind], share) for kind in used for share in (0.001, 0.999)]
    ends += [one.similarity.value + 0.03 for one in measured.calibration.thresholds]  # and the words beside it

    def draw(axes: "Axes") -> None:
        for kind in used:
            share = 100 * counts[kind] / counts[kind].sum()
            axes.fill_between(middles, share, color=_COLOURS[KINDS[kind]], alpha=0.15, linewidth=0)
            axes.plot(middles, share, color=_COLOURS[KINDS[kind]], label=NAMES[KINDS[kind]])
        for one in measured.calibration.thresholds:
            axes.axvline(one.similarity.value, color="#999999", linestyle=":")
            axes.annotate(
                f"{100 * one.fmr:g} %",
                (one.similarity.value, 1),
                (2, -9),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                color="#666666",
            )
        axes.set(xlim=(min(ends) - 0.05, max(ends) + 0.05), title="similarity of pairs, and the thresholds by rate")
        axes.set_ylim(bottom=0)
        axes.set_xlabel("cosine similarity", labelpad=2)
        axes.set_ylabel("pairs, %", labelpad=2)
        axes.legend(frameon=False, handlelength=1, loc="center left")

    return _sheet(draw)


def roc_plot(measured: Measured) -> Drawing:
    """Return how many pairs of one person are found at each false-match rate, by what they wear.

    Args:
        measured: Of `calibrate`.
    """

    def draw(axes: "Axes") -> None:
        _draw_curves(axes, measured, lambda found: 100 * found)
        axes.set(ylim=(0, 101), title="ROC")
        axes.set_ylabel("pairs of one person that are found, %", labelpad=2)
        axes.legend(frameon=False, handlelength=1, loc="lower right")

    return _sheet(draw)


def det_plot(measured: Measured) -> Drawing:
    """Return how many pairs of one person are missed at each false-match rate, both on logarithmic axes.

    Args:
        measured: Of `calibrate`.
    """
    fewest = 0.5 / max(measured.calibration.same.values())

    def draw(axes: "Axes") -> None:
        _draw_curves(axes, measured, lambda found: 100 * np.maximum(1 - found, fewest))
        axes.set(yscale="log", ylim=(100 * fewest, 110), title="DET")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.set_ylabel("pairs of one person that are missed, %", labelpad=2)
        axes.legend(frameon=False, handlelength=1, loc="lower left")

    return _sheet(draw)


def _draw_curves(axes: "Axes", measured: Measured, shown: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> None:
    """Draw a curve of each kind over the false-match rate, with a point at each threshold."""
    drawn: Curve = curve(measured.counts)
    some = drawn.false_matches > 0
    kinds: list[Clothes] = [clothes for clothes in CLOTHES if clothes in drawn.found]
    for clothes in kinds:
        colour = _COLOURS[clothes]
        axes.plot(
            100 * drawn.false_matches[some], shown(drawn.found[clothes][some]), color=colour, label=NAMES[clothes]
        )
        chosen = measured.calibration.thresholds
        found = np.array([one.found[clothes].value for one in chosen])
        axes.plot([100 * one.fmr for one in chosen], shown(found), "o", color=colour, markersize=3)
    axes.set(xscale="log", xlim=(100 / measured.calibration.different, 100))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("false-match rate, %", labelpad=2)


def _sheet(draw: Callable[["Axes"], None]) -> Drawing:
    plot = Plot(_LEFT, _ABOVE, _WIDTH, _HEIGHT, draw)
    return Drawing(_LEFT + _WIDTH + _RIGHT, _ABOVE + _HEIGHT + _BELOW, (plot,))
