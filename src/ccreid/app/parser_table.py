"""A parser's scores as a table in the terminal."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ccreid.evaluation.parser_scores import ParserScores


def print_parser_scores(scores: ParserScores, title: str) -> None:
    """Print the intersection over union of each part in per cent, and their mean."""
    table = Table(box=SIMPLE_HEAD)
    table.add_column("part")
    table.add_column("IoU, per cent", justify="right")
    for part, value in scores.iou.items():
        table.add_row(part.replace("_", " "), f"{100 * value:.1f}", end_section=part == list(scores.iou)[-1])
    table.add_row("mean", f"{100 * scores.mean_iou:.1f}")
    print(title)
    Console().print(table)
