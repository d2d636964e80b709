"""A table in Markdown, and as an HTML page that needs no other file."""

from ccreid.app.html_pages import from_template
from ccreid.app.reproduce.result_cells import NOT_RUN, PAPER
from ccreid.app.reproduce.sheet import Fact, Grid, Sheet


def markdown(sheet: Sheet) -> str:
    """Return a sheet without its title, as lines with a line break after the last."""
    lines = [*map(_fact, sheet.facts), "", "Per cent:", "", *_grid(sheet.results)]
    if sheet.cues is not None:
        lines += ["", "Where it looks, in per cent, averaged over the test images:", "", *_grid(sheet.cues)]
    if sheet.notes:
        lines += ["", *(f"- {note}" for note in sheet.notes)]
    return "\n".join([*lines, ""])


def html_page(sheet: Sheet) -> str:
    """Return the whole page."""
    return from_template("table.html", sheet=sheet, not_run=NOT_RUN, paper=PAPER)


def _fact(fact: Fact) -> str:
    return f"- {fact.name}: `{fact.text}`" if fact.literal else f"- {fact.name}: {fact.text}"


def _grid(grid: Grid) -> list[str]:
    headings = ["row", "recipe", "seeds", *(f"{column.group}: {column.heading}" for column in grid.columns)]
    lines = [_line(headings), _line(["---"] * 3 + ["---:"] * len(grid.columns))]
    return lines + [
        _line([row.label, f"`{row.recipe}`" if row.recipe else "", row.seeds, *row.cells]) for row in grid.rows
    ]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
