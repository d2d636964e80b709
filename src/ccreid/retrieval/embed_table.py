"""The features of a folder or data set as one table, made in parts, so that a stopped call goes on where it was."""

import contextlib
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ccreid.atomic_files import check_writable, locked, move_whole, remove_temporary_files
from ccreid.datasets.image_tree import find_files
from ccreid.datasets.record import Skipped
from ccreid.datasets.tracks import Item
from ccreid.errors import CcreidError, MissingFileError
from ccreid.models.reid_model import ReIDModel
from ccreid.progress import show_progress
from ccreid.retrieval.embedding import Embedded, embed_items
from ccreid.retrieval.entry import Entry, Rows
from ccreid.retrieval.feature_mark import FeatureMark, FeatureMarkError, Precision, mark_of, require_same_model
from ccreid.retrieval.feature_table import (
    FeatureTableError,
    pyarrow,
    read_entries,
    read_mark,
    read_rows,
    write_rows,
)

# A part is written after so many features or seconds: what a kill loses, and what is held in memory.
_ROWS: Final = 4096
_SECONDS: Final = 20.0


class OtherTableError(CcreidError, ValueError):
    """A file that is to hold a table of features holds one of another kind."""


@dataclass(frozen=True)
class TableReport:
    """What a call did; as text, one line.

    Attributes:
        out: The table.
        mark: Of its features.
        rows: Features in it.
        made: Of these, the ones that were made now.
        gone: Features that were taken out, since their images are no longer there.
        broken: Images that were left out, and why.
        copies: Images that have another's feature, and whose.
        seconds: That it took.
    """

    out: Path
    mark: FeatureMark
    rows: int
    made: int
    gone: int
    broken: tuple[Skipped, ...]
    copies: tuple[Skipped, ...]
    seconds: float

    def __str__(self) -> str:
        line = f"{self.out} has the features of {self.rows} {self.mark.of} by {self.mark}"
        if self.made:
            rate = self.made / max(self.seconds, 1e-9)
            line += f"; made {self.made} in {self.seconds:.0f} s, {rate:.1f} {self.mark.of}/s"
        line += f"; kept {self.rows - self.made}" if self.rows > self.made else ""
        line += f"; {self.gone} taken out, whose images are gone" if self.gone else ""
        line += f"; {len(self.copies)} copies share a feature" if self.copies else ""
        return line + (f"; {len(self.broken)} images left out" if self.broken else "")


Engine = Callable[[Sequence[Item], ReIDModel, Collection[str], Embedded, Callable[[int, int], None]], Iterator[Rows]]
"""Makes features; its arguments and results are those of `embed_items`."""


def embed_table(
    items: Sequence[Item],
    out: Path,
    model: ReIDModel,
    precision: Precision = "float16",
    progress: bool = False,
    engine: Engine = embed_items,
) -> TableReport:
    """Make the table of these images' features, or of their tracks'; what is there of the same content is kept.

    A feature is kept if the file's bytes are the same, wherever it lies now, and those whose images are no longer among
    the items are taken out: in the end the table is about the items. While it is made, finished parts lie in a hidden
    folder beside it, and the table is replaced at the end; killed at any moment, the next call goes on with them.
    Beside a batch and a part, some hundred bytes an image are held.

    Args:
        items: What is to have a feature; see `as_items`.
        out: The table, .parquet.
        model: What makes the features.
        precision: Of the features in the table.
        progress: Show how far it is.
        engine: Who makes the features: `embed_items`, or `embed_items_on_ray` of `ccreid.retrieval.ray_embedding` with
            a function that builds the model.

    Raises:
        OtherModelError: The table is of another model.
        OtherTableError: It is of tracks and not of images, or of another precision, or no table of features at all.
        BadValueError: The model reads part maps.
        InUseError: Another process makes the table.
        WriteError: It cannot be written.
        MissingExtraError: pyarrow is not installed.
    """
    pyarrow("pyarrow.parquet")
    started = time.monotonic()
    mark = mark_of(model, precision, "tracks" if any(len(item) > 1 for item in items) else "images")
    check_writable(out)
    with locked(out, wait=False):
        _require_like(out, mark)
        before = {entry.id: entry for entry in read_entries(out)} if out.exists() else {}
        parts = _Parts(out, mark)
        done = Embedded()
        known = {*before, *parts.ids}
        with show_progress("embedding", sum(map(len, items)), progress) as advance:
            for rows in engine(items, model, known, done, advance):
                parts.add(rows)
        parts.write()
        gone = len(before.keys() - done.entries.keys())
        if not out.exists() or parts.files or gone or any(done.entries[id] != entry for id, entry in before.items()):
            sources = [*([out] if out.exists() else []), *parts.files]
            # Among the parts first, where a kill leaves nothing that the next call does not clear away.
            write_rows(parts.whole, _merged(sources, done.entries), mark, out)
            move_whole(parts.whole, out)
        parts.remove()
    seconds = time.monotonic() - started
    return TableReport(out, mark, len(done.entries), done.made, gone, tuple(done.broken), tuple(done.copies), seconds)


class _Parts:
    """The finished parts of a table that is being made, in a hidden folder beside it, and the rows for the next one."""

    def __init__(self, out: Path, mark: FeatureMark) -> None:
        self._folder = out.with_name(f".{out.name}.parts")
        self.whole = self._folder / "whole.parquet"
        self._mark = mark
        self._waiting: list[Rows] = []
        self._last = time.monotonic()
        if self._folder.exists():
            remove_temporary_files(self._folder)
        self.files = [path for path in self._there() if self._is_ours(path)]
        self.ids = {entry.id for path in self.files for entry in read_entries(path)}

    def add(self, rows: Rows) -> None:
        self._waiting.append(rows)
        if sum(len(one.entries) for one in self._waiting) >= _ROWS or time.monotonic() - self._last > _SECONDS:
            self.write()

    def write(self) -> None:
        if self._waiting:
            number = int(self.files[-1].stem) + 1 if self.files else 0
            path = self._folder / f"{number:08}.parquet"
            write_rows(path, self._waiting, self._mark)
            self.files.append(path)
        self._waiting, self._last = [], time.monotonic()

    def remove(self) -> None:
        if self._folder.exists():
            shutil.rmtree(self._folder)

    def _there(self) -> list[Path]:
        found = find_files(self._folder, (".parquet",)) if self._folder.is_dir() else []
        return [self._folder / name for name in found if name.stem.isdecimal()]

    def _is_ours(self, path: Path) -> bool:
        """Whether a part is of the same model; one of another is removed."""
        with contextlib.suppress(FeatureMarkError, FeatureTableError):
            found = read_mark(path)
            if (found.model, found.of, found.precision) == (self._mark.model, self._mark.of, self._mark.precision):
                return True
        path.unlink()
        return False


def _require_like(out: Path, mark: FeatureMark) -> None:
    """Refuse to replace a file that is no such table."""
    try:
        found = read_mark(out)
    except MissingFileError:
        return
    except (FeatureMarkError, FeatureTableError) as error:
        raise OtherTableError(f"{out} is there and no table of features: choose another file") from error
    require_same_model(found, mark, str(out))
    if (found.of, found.precision) != (mark.of, mark.precision):
        raise OtherTableError(
            f"{out} holds {found.precision} features of {found.of}, and these are {mark.precision} of {mark.of}: "
            "choose another file"
        )


def _merged(sources: Sequence[Path], entries: dict[str, Entry]) -> Iterator[Rows]:
    """Yield the rows of the tables that are among the entries, each once, with what the entries say of them."""
    left = set(entries)
    for source in sources:
        for rows in read_rows(source):
            chosen = [place for place, entry in enumerate(rows.entries) if entry.id in left]
            left -= {rows.entries[place].id for place in chosen}
            if chosen:
                yield Rows([entries[rows.entries[place].id] for place in chosen], rows.vectors[np.array(chosen)])
