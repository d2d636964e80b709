"""What a model's file says of it, its scores and its thresholds, as tables in the terminal."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from ccreid.app.terminal_tables import wide_console
from ccreid.evaluation.calibrate import Measured, quantile
from ccreid.evaluation.pair_counts import KINDS
from ccreid.evaluation.results import ResultRow, mean_spread, sourced_rows
from ccreid.figures.similarity_curves import NAMES
from ccreid.models.calibration import CLOTHES, Calibration, Estimate, percent
from ccreid.models.checkpoint import About

FOUND: Final = {"across": "found across clothes", "within": "found within clothes", "unknown": "found"}
"""What the shares of pairs of one person are called, by what the two images wear."""


def print_models(models: Mapping[str, tuple[Path, About]]) -> None:
    """Print each model: what it is, its scores, and its thresholds.

    Args:
        models: Each model's file and what that says, by the model's name.
    """
    for name, (path, about) in models.items():
        height, width = about.recipe.data.height, about.recipe.data.width
        size = path.stat().st_size / 2**20
        print(f"{name}: {about.recipe.name}, seed {about.recipe.seed}, {height}x{width}, {size:.1f} MB, {path}")
        rows = score_rows(about)
        if rows:
            _print_scores(rows, about.recipe.seed)
        if about.calibration is None:
            print("It is not calibrated.")
        else:
            print_thresholds(about.calibration)


def print_thresholds(calibration: Calibration) -> None:
    """Print the thresholds, what they find, and what they were measured on."""
    table = Table(box=SIMPLE_HEAD)
    for heading in ("false-match rate", "threshold", "false matches"):
        table.add_column(heading, justify="right")
    known = [clothes for clothes in CLOTHES if clothes in calibration.same]
    for clothes in known:
        table.add_column(f"{FOUND[clothes]}, %", justify="right")
    for one in calibration.thresholds:
        found = [_estimate(one.found[clothes], 100, 1) for clothes in known]
        table.add_row(percent(one.fmr), _estimate(one.similarity, 1, 3), str(one.false_matches), *found)
    wide_console().print(table)
    print(measured_on(calibration))


def print_similarities(measured: Measured) -> None:
    """Print how similar the pairs of each kind are."""
    table = Table(box=SIMPLE_HEAD)
    table.add_column("similarity of pairs of")
    for heading in ("pairs", "5 % below", "half below", "95 % below"):
        table.add_column(heading, justify="right")
    for kind, counts in zip(KINDS, measured.counts, strict=True):
        if counts.any():
            quantiles = [f"{quantile(counts, share):.3f}" for share in (0.05, 0.5, 0.95)]
            table.add_row(NAMES[kind], f"{int(counts.sum()):,}", *quantiles)
    wide_console().print(table)


def measured_on(calibration: Calibration) -> str:
    """Return what a calibration was measured on, in one line."""
    words = {"across": "across clothes", "within": "within clothes", "unknown": "in unknown clothes"}
    same = ", ".join(f"{count:,} {words[clothes]}" for clothes, count in calibration.same.items())
    return (
        f"measured on {calibration.images:,} {calibration.of} of {calibration.people:,} people of "
        f"{', '.join(calibration.data)}: {calibration.different:,} pairs of different people; of one person {same}; in "
        "brackets 95 % over people"
    )


def models_tree(models: Mapping[str, tuple[Path, About]]) -> dict[str, Any]:
    """Return what `print_models` prints, in full.

    Args:
        models: As of `print_models`.
    """
    return {
        name: {
            "file": str(path),
            "bytes": path.stat().st_size,
            "recipe": about.recipe.name,
            "seed": about.recipe.seed,
            "epoch": about.epoch,
            "image_size": f"{about.recipe.data.height}x{about.recipe.data.width}",
            "scores": about.scores,
            "calibration": None if about.calibration is None else about.calibration.tree(),
        }
        for name, (path, about) in models.items()
    }


def score_rows(about: About) -> list[ResultRow]:
    """Return the scores that a file bears, of its own seed and of others."""
    return [] if about.scores is None else [row for row, _ in sourced_rows(about.scores)]


def _print_scores(rows: Sequence[ResultRow], seed: int) -> None:
    table = Table(box=SIMPLE_HEAD)
    for heading in ("data set", "setting", "protocol"):
        table.add_column(heading)
    for heading in ("R1", "mAP", "R1 over seeds", "mAP over seeds", "seeds", "queries"):
        table.add_column(heading, justify="right")
    for own in (row for row in rows if row.seed == seed):
        alike = [
            row for row in rows if (row.dataset, row.setting, row.protocol) == (own.dataset, own.setting, own.protocol)
        ]
        spread = [mean_spread([getattr(row, metric) for row in alike]).percent() for metric in ("R1", "mAP")]
        seeds = ", ".join(str(row.seed) for row in sorted(alike, key=lambda row: row.seed))
        scores = [f"{100 * value:.1f}" for value in (own.R1, own.mAP)]
        table.add_row(own.dataset, own.setting, own.protocol, *scores, *spread, seeds, str(own.queries))
    wide_console().print(table)


def _estimate(estimate: Estimate, factor: int, digits: int) -> str:
    value, low, high = (f"{factor * number:.{digits}f}" for number in (estimate.value, estimate.low, estimate.high))
    return f"{value} ({low} to {high})"
