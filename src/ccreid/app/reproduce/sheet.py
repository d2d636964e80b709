"""A table as text, ready for Markdown and HTML: cells under headings, with what was run where."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column of figures.

    Attributes:
        group: Whose figures, and on which data; the heading above the headings.
        heading: Which figure.
    """

    group: str
    heading: str


@dataclass(frozen=True)
class SheetRow:
    """A row.

    Attributes:
        label: What the row is.
        recipe: Its recipe.
        seeds: Of the runs that are in it, such as "0, 1, 2".
        cells: One a column.
    """

    label: str
    recipe: str
    seeds: str
    cells: list[str]


@dataclass(frozen=True)
class Grid:
    """Rows under columns."""

    columns: list[Column]
    rows: list[SheetRow]

    @property
    def groups(self) -> list[tuple[str, int]]:
        """Neighbouring columns of one group as its name and their number."""
        groups: list[tuple[str, int]] = []
        for column in self.columns:
            if groups and groups[-1][0] == column.group:
                groups[-1] = (column.group, groups[-1][1] + 1)
            else:
                groups.append((column.group, 1))
        return groups


@dataclass(frozen=True)
class Fact:
    """A line of what was run where; `literal` text is shown as code."""

    name: str
    text: str
    literal: bool = False


@dataclass(frozen=True)
class Sheet:
    """A table as text.

    Attributes:
        title: What it shows.
        facts: What was run where.
        results: Ours and the paper's figures, in per cent.
        cues: What the models look at, in per cent; None where no run says it.
        notes: What a reader must know.
    """

    title: str
    facts: list[Fact]
    results: Grid
    cues: Grid | None
    notes: tuple[str, ...]
