"""Result rows as a table in the terminal."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ccreid.evaluation.results import ResultRow
from ccreid.evaluation.summary import over_seeds
from ccreid.paper import TABLE_2

METRICS = ("R1", "R5", "R10", "mAP", "mINP")


def print_results(rows: Sequence[ResultRow], title: str) -> None:
    """Print every setting and protocol of the rows in per cent, as mean ± standard deviation over their seeds."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for heading in ("recipe", "setting", "protocol"):
        table.add_column(heading)
    for metric in METRICS:
        table.add_column(metric, justify="right")
    table.add_column("queries", justify="right")
    table.add_column("skipped", justify="right")
    for recipe, setting, protocol in dict.fromkeys((row.recipe, row.setting, row.protocol) for row in rows):
        one = next(row for row in rows if (row.recipe, row.setting, row.protocol) == (recipe, setting, protocol))
        values = [over_seeds(rows, recipe, setting, protocol, metric).percent() for metric in METRICS]
        table.add_row(recipe, setting, protocol, *values, str(one.queries), str(one.skipped))
    _console().print(table)
    for line in _misses(rows):
        print(line)


def print_comparison(rows: Sequence[ResultRow], title: str) -> None:
    """Print one line a recipe, across and within clothes, with the paper's figures on PRCC beside ours."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("recipe")
    for heading in ("cross R1", "cross mAP", "same R1", "same mAP"):
        table.add_column(heading, justify="right")
    table.add_column("paper, PRCC: cross R1 / mAP", justify="right", style="dim")
    for recipe in dict.fromkeys(row.recipe for row in rows):
        values = [
            over_seeds(rows, recipe, setting, "all-gallery", metric).percent()
            for setting in ("cross", "same")
            for metric in ("R1", "mAP")
        ]
        paper = TABLE_2.get(recipe)
        table.add_row(recipe, *values, "" if paper is None else f"{paper.cross_R1} / {paper.cross_mAP}")
    _console().print(table)


def _misses(rows: Sequence[ResultRow]) -> list[str]:
    """Say of how many images there is no feature, which the table's figures count as misses."""
    return [
        f"{row.recipe}, seed {row.seed}, {row.setting}: nothing to compare was found in {row.absent_queries} of "
        f"{row.queries} queries and in {row.absent_gallery} gallery images; these count as misses"
        for row in rows
        if row.protocol == "all-gallery" and (row.absent_queries or row.absent_gallery)
    ]


def _console() -> Console:
    # A pipe has no width of its own, and a table folded to 80 columns cannot be read.
    console = Console()
    return console if console.is_terminal else Console(width=120)
