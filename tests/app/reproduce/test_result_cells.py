import math

import pytest

from ccreid.app.paper_results import PaperFigure
from ccreid.app.reproduce.paper_tables import Table, TableRow
from ccreid.app.reproduce.result_cells import NOT_RUN, PAPER, results_grid
from ccreid.app.reproduce.sheet import Grid
from ccreid.datasets.retrieval_setting import SettingName
from ccreid.evaluation.results import Protocol, ResultRow

TABLE = Table(
    "table2",
    "a table",
    (TableRow("without", "a"), TableRow("with", "b", against="a"), TableRow("other", "c", against="a")),
    {"a": PaperFigure(36.3, 33.7), "b": PaperFigure(18.79, None, 54.0)},
    seeds=3,
)


def _row(
    recipe: str, seed: int, r1: float, setting: SettingName = "cross", protocol: Protocol = "all-gallery"
) -> ResultRow:
    return ResultRow(recipe, seed, setting, protocol, r1, 1, 1, r1 / 2, 0, 10, 0)


def _column(grid: Grid, group: str, heading: str) -> list[str]:
    index = next(i for i, column in enumerate(grid.columns) if (column.group, column.heading) == (group, heading))
    return [row.cells[index] for row in grid.rows]


@pytest.fixture
def grid() -> Grid:
    rows = [_row("a", 0, 0.2), _row("a", 1, 0.4), _row("b", 1, 0.5), _row("a", 0, 0.1, protocol="single-shot")]
    return results_grid(TABLE, [*rows, _row("a", 0, 0.9, "same"), _row("unasked", 0, 0.7)], "people")


def test_ours_are_mean_and_sample_deviation_over_the_seeds_that_are_there(grid: Grid) -> None:
    spread = 100 * math.sqrt(2 * 0.1**2)
    assert _column(grid, "ours, on people", "cross R1") == [f"30.0 ± {spread:.1f}", "50.0", NOT_RUN]
    assert _column(grid, "ours, on people", "cross mAP") == [f"15.0 ± {spread / 2:.1f}", "25.0", NOT_RUN]
    assert _column(grid, "ours, on people", "same R1") == ["90.0", NOT_RUN, NOT_RUN]
    assert [row.seeds for row in grid.rows] == ["0, 1", "1", ""]


def test_single_shot_figures_stand_under_their_own_name(grid: Grid) -> None:
    assert _column(grid, "ours, on people, single-shot", "cross R1") == ["10.0", NOT_RUN, NOT_RUN]


def test_the_papers_figures_stay_apart_from_ours(grid: Grid) -> None:
    assert _column(grid, PAPER, "cross R1") == ["36.3", "18.79", "-"]
    assert _column(grid, PAPER, "cross mAP") == ["33.7", "-", "-"]
    assert _column(grid, PAPER, "same R1") == ["-", "54.0", "-"]
    assert PaperFigure._fields[3] == "same_mAP"
    assert not [column for column in grid.columns if column == (PAPER, "same mAP")]
    # All of one group stand together, so that one heading spans them.
    assert [name for name, _ in grid.groups] == [
        "ours, on people",
        "ours, on people, single-shot",
        "ours, on people, difference",
        PAPER,
    ]
    assert sum(count for _, count in grid.groups) == len(grid.columns) == len(grid.rows[0].cells)


def test_a_difference_is_that_of_runs_with_the_same_seed(grid: Grid) -> None:
    assert _column(grid, "ours, on people, difference", "to") == ["", "a", "a"]
    assert _column(grid, "ours, on people, difference", "cross R1") == ["", "+10.0", NOT_RUN]


def test_a_table_without_any_result_has_no_figure_of_ours() -> None:
    grid = results_grid(TABLE, [], "people")
    ours = [i for i, column in enumerate(grid.columns) if column.group != PAPER]
    assert ours
    assert {row.cells[i] for row in grid.rows for i in ours} == {NOT_RUN, "", "a"}
