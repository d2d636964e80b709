"""What a search found, as tables in the terminal and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ccreid.app.check.names import writable
from ccreid.models.calibration import percent
from ccreid.models.reid_model import ReIDModel
from ccreid.retrieval.entry import Hit


@dataclass(frozen=True, eq=False)
class Searched:
    """A search and what it found.

    Attributes:
        uri: The gallery.
        model: What made the features.
        count: Entries of the gallery.
        photos: Of each query: one, or several of one person.
        found: Of each query, the most similar first.
        least: Similarity below which an entry is marked; None where nobody said one.
        fmr: The false-match rate whose threshold that is; None where it is not of one.
    """

    uri: str
    model: ReIDModel
    count: int
    photos: Sequence[Sequence[Path]]
    found: Sequence[Sequence[Hit]]
    least: float | None
    fmr: float | None = None

    @property
    def bound(self) -> str:
        """What an entry is below that is marked, in words; "" where nothing is."""
        if self.least is None:
            return ""
        of = "" if self.fmr is None else f", the threshold at a false-match rate of {percent(self.fmr)} a comparison"
        return f"{self.least:.3f}{of}"

    def below(self, hit: Hit) -> bool:
        """Whether an entry is less similar than was asked for."""
        return self.least is not None and hit.similarity < self.least


def print_lists(searched: Searched) -> None:
    """Print a table for each query; what is below the least similarity is dim and says so."""
    console = Console()
    console = console if console.is_terminal else Console(width=160)  # a pipe has no width of its own
    for photos, hits in zip(searched.photos, searched.found, strict=True):
        names = ", ".join(writable(str(photo)) for photo in photos)
        print(f"{names}, in {searched.count} entries of {searched.uri}")
        if not hits:
            print("nothing else in it is of these cameras and times")
            continue
        console.print(_table(searched, hits))
    if searched.bound:
        print(f"below: less similar than {searched.bound}")


def search_json(searched: Searched) -> str:
    """Return all that was found."""
    tree = {
        "gallery": searched.uri,
        "entries": searched.count,
        "model": searched.model.name,
        "min_similarity": searched.least,
        "fmr": searched.fmr,
        "queries": [
            {
                "photos": [writable(str(photo)) for photo in photos],
                "found": [_tree(searched, rank, hit) for rank, hit in enumerate(hits, start=1)],
            }
            for photos, hits in zip(searched.photos, searched.found, strict=True)
        ],
    }
    return json.dumps(tree, indent=2)


def _table(searched: Searched, hits: Sequence[Hit]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("", justify="right")
    table.add_column("similarity", justify="right")
    known = [
        name
        for name in ("identity", "clothes", "camera", "time", "track")
        if any(getattr(hit.entry, name) for hit in hits)
    ]
    for name in (*known, "path"):
        table.add_column(name, overflow="fold")
    for rank, hit in enumerate(hits, start=1):
        below = searched.below(hit)
        cells = [f"{rank}", f"{hit.similarity:.3f}" + (" below" if below else "")]
        cells += [writable(getattr(hit.entry, name)) for name in (*known, "path")]
        # A file's name may hold what rich would take for its markup.
        table.add_row(*(Text(cell, style="dim" if below else "") for cell in cells))
    return table


def _tree(searched: Searched, rank: int, hit: Hit) -> dict[str, object]:
    said = {name: value or None for name, value in asdict(hit.entry).items()}
    return {"rank": rank, "similarity": round(hit.similarity, 6), "below": searched.below(hit), **said}
