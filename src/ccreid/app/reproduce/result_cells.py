"""Result rows as a table's cells: ours as mean and spread over seeds, the paper's in columns of their own."""

from collections.abc import Sequence
from typing import Final

from ccreid.app.paper_results import PaperFigure
from ccreid.app.reproduce.paper_tables import Table, TableRow
from ccreid.app.reproduce.sheet import Column, Grid, SheetRow
from ccreid.errors import CcreidError
from ccreid.evaluation.results import ResultRow, mean_spread, over_seeds

NOT_RUN: Final = "not run"
PAPER: Final = "the paper, on PRCC"

_METRICS: Final = ("R1", "mAP")

_SINGLE_SHOT: Final = ("cross", "single-shot")
_PRCCS: Final = (("cross", "all-gallery"), ("same", "all-gallery"), _SINGLE_SHOT)


def results_grid(table: Table, rows: Sequence[ResultRow], data: str) -> Grid:
    """Return a table's cells in per cent; a row without results says so instead of figures.

    Args:
        table: Which.
        rows: Results of its recipes with any seeds; of other recipes they are passed over.
        data: Name of the data set that they were measured on.
    """
    ours = _evaluations(rows)
    columns = [
        Column(f"ours, on {data}" + ("" if protocol == "all-gallery" else f", {protocol}"), f"{setting} {metric}")
        for setting, protocol in ours
        for metric in _METRICS
    ]
    compared = any(row.against for row in table.rows)
    if compared:
        columns += [Column(f"ours, on {data}, difference", name) for name in ("to", *(f"cross {m}" for m in _METRICS))]
    figures = _paper_figures(table)
    columns += [Column(PAPER, figure.replace("_", " ")) for figure in figures]
    grid = Grid(columns, [])
    for row in table.rows:
        seeds = sorted({one.seed for one in rows if one.recipe == row.recipe})
        cells = [_our_cell(rows, row, *evaluation, metric) for evaluation in ours for metric in _METRICS]
        if compared:
            cells += [row.against or "", *(_difference(rows, row, metric) for metric in _METRICS)]
        cells += [_paper_cell(table.paper.get(row.recipe), figure) for figure in figures]
        grid.rows.append(SheetRow(row.label, row.recipe, ", ".join(map(str, seeds)), cells))
    return grid


def _evaluations(rows: Sequence[ResultRow]) -> list[tuple[str, str]]:
    """Return which settings and protocols have columns: all-gallery in each setting, and single-shot across clothes."""
    found = dict.fromkeys((row.setting, row.protocol) for row in rows) or dict.fromkeys(_PRCCS)
    whole = [evaluation for evaluation in found if evaluation[1] == "all-gallery"]
    return [*whole, *([_SINGLE_SHOT] if _SINGLE_SHOT in found else [])]


def _our_cell(rows: Sequence[ResultRow], row: TableRow, setting: str, protocol: str, metric: str) -> str:
    try:
        return over_seeds(rows, row.recipe, setting, protocol, metric).percent()
    except CcreidError:  # no row fits
        return NOT_RUN


def _difference(rows: Sequence[ResultRow], row: TableRow, metric: str) -> str:
    """Return by how much a metric across clothes differs from that of the compared row, seed by seed."""
    if row.against is None:
        return ""
    own, other = (_by_seed(rows, recipe, metric) for recipe in (row.recipe, row.against))
    differences = [own[seed] - other[seed] for seed in sorted(own.keys() & other.keys())]
    if not differences:
        return NOT_RUN
    spread = mean_spread(differences)
    return f"{'+' if spread.mean > 0 else ''}{spread.percent()}"


def _by_seed(rows: Sequence[ResultRow], recipe: str, metric: str) -> dict[int, float]:
    fitting = (row for row in rows if (row.recipe, row.setting, row.protocol) == (recipe, "cross", "all-gallery"))
    return {row.seed: float(getattr(row, metric)) for row in fitting}


def _paper_figures(table: Table) -> list[str]:
    """Return the fields of the paper's figures that it has for any row."""
    return [name for name in PaperFigure._fields if any(getattr(figure, name) for figure in table.paper.values())]


def _paper_cell(figure: PaperFigure | None, name: str) -> str:
    value = None if figure is None else getattr(figure, name)
    return "-" if value is None else f"{value}"
