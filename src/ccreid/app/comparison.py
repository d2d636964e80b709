"""What `ccreid compare` says of two photos: in the terminal, as JSON, and as a page."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from ccreid import __version__
from ccreid.app.check.names import writable
from ccreid.app.html_pages import data_uri, from_template
from ccreid.app.terminal_tables import wide_console
from ccreid.atomic_files import write_atomically
from ccreid.explain.compared_parts import ComparedParts
from ccreid.figures.comparison import comparison_figure
from ccreid.models.calibration import Decision
from ccreid.models.reid_model import ReIDModel
from ccreid.parts import Part


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two photos and what is said of them.

    Attributes:
        photos: The files.
        model: What compared them.
        compared: Their similarity, and what each part adds to it.
        decision: Whether they show one person; None of a model that is not calibrated.
    """

    photos: tuple[Path, Path]
    model: ReIDModel
    compared: ComparedParts
    decision: Decision | None

    @property
    def verdict(self) -> str:
        """The similarity and the decision, in one line."""
        if self.decision is not None:
            return str(self.decision)
        similarity = f"similarity {self.compared.similarity:.3f}"
        return f"{similarity}; {self.model.name} is not calibrated, so that it decides nothing"


def print_comparison(comparison: Comparison) -> None:
    """Print the decision, and what each part of each photo adds to the similarity."""
    print(comparison.verdict)
    table = Table(
        box=SIMPLE_HEAD, title="what each part adds: the similarity less that without it", title_justify="left"
    )
    table.add_column("part")
    for photo in comparison.photos:
        table.add_column(writable(photo.name), justify="right")
        table.add_column("area, %", justify="right", style="dim")
    for row in _rows(comparison):
        table.add_row(row["part"], *(cell for pair in zip(row["added"], row["area"], strict=True) for cell in pair))
    wide_console().print(table)


def comparison_tree(comparison: Comparison) -> dict[str, Any]:
    """Return all that is known, for JSON; a part that a photo does not show has the value None."""
    compared = comparison.compared
    return {
        "model": comparison.model.name,
        "similarity": compared.similarity,
        "decision": None if comparison.decision is None else asdict(comparison.decision),
        "photos": [
            {
                "photo": writable(str(photo)),
                "parts": {
                    part.name.lower(): {
                        "added": None if math.isnan(added[part]) else float(added[part]),
                        "area": float(area[part]),
                    }
                    for part in Part
                },
            }
            for photo, added, area in zip(comparison.photos, compared.added, compared.area, strict=True)
        ],
    }


def write_page(comparison: Comparison, path: Path) -> None:
    """Write the comparison as one HTML file that needs no other.

    Args:
        comparison: What is said.
        path: The file.

    Raises:
        WriteError: The file cannot be written.
    """
    page = from_template(
        "compare.html",
        photos=[writable(photo.name) for photo in comparison.photos],
        model=str(comparison.model),
        verdict=comparison.verdict,
        picture=data_uri(comparison_figure(comparison.compared).image(), "png"),
        rows=_rows(comparison),
        version=__version__,
    )
    write_atomically(path, writable(page))


def _rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Return a row of text for each part."""
    compared = comparison.compared
    return [
        {
            "part": part.name.lower().replace("_", " "),
            "added": ["not seen" if math.isnan(value) else f"{value:+.3f}" for value in compared.added[:, part]],
            "area": [f"{100 * value:.0f}" for value in compared.area[:, part]],
        }
        for part in Part
    ]
