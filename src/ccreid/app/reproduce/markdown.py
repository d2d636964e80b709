"""A table in Markdown."""

from ccreid.app.reproduce.sheet import Fact, Grid, Sheet


def markdown(sheet: Sheet) -> str:
    """Return a sheet without its title, as lines with a line break after the last."""
    lines = [*map(_fact, sheet.facts), "", "Per cent:", "", *_grid(sheet.results)]
    if sheet.cues is not None:
        lines += ["", "Where it looks, in per cent, averaged over the test images:", "", *_grid(sheet.cues)]
    if sheet.notes:
        lines += ["", *(f"- {note}" for note in sheet.notes)]
    return "\n".join([*lines, ""])


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
