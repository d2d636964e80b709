"""A folder tree of images for which a like tree of files is made: what is in it, where files may go, what was done."""

import contextlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from ccreid.atomic_files import InUseError, WriteError, locked, remove_temporary_files
from ccreid.datasets.decoding import IMAGE_SUFFIXES
from ccreid.datasets.record import Skipped
from ccreid.errors import CcreidError
from ccreid.prefetch import prefetch

_AHEAD: Final = 64

# Doubtful images that a report names.
_NAMED: Final = 3


class ImageTreeError(CcreidError, ValueError):
    """A folder tree cannot be parsed; the message names the file or setting and what to do."""


def find_files(root: Path, suffixes: tuple[str, ...], without: Collection[str] = frozenset()) -> list[PurePosixPath]:
    """Return the files with one of these endings, relative to the root and sorted by folder and name.

    Hidden files and folders are passed over, links are followed, and capital letters in an ending do not matter.

    Args:
        root: The folder.
        suffixes: The endings, such as ".jpg".
        without: Names of folders and files right below the root that are passed over too.
    """
    found = (name for name in _files(root, PurePosixPath(), frozenset(), without) if _ends(name, suffixes))
    return sorted(found, key=lambda name: name.parts)


def find_images(folder: str | Path) -> list[Path]:
    """Return the images anywhere below a folder, by the endings of their names, sorted by folder and name.

    Hidden files and folders are passed over and links are followed.

    Raises:
        ImageTreeError: There is no such folder, or there are no images in it.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     for name in ("b.jpg", "a.PNG", "notes.txt"):
        ...         Path(folder, name).touch()
        ...     [path.name for path in find_images(folder)]
        ['a.PNG', 'b.jpg']
    """
    root = Path(folder)
    check_folders(root, [])
    found = [root / name for name in find_files(root, IMAGE_SUFFIXES)]
    if not found:
        raise ImageTreeError(f"{root} holds no images ({', '.join(IMAGE_SUFFIXES)}): give a folder that has some")
    return found


def passed_over(root: Path, suffixes: tuple[str, ...]) -> dict[str, int]:
    """Return how many files below a folder have another ending, the most frequent first; hidden ones do not count.

    Args:
        root: The folder.
        suffixes: The endings that do not count, in lower case.
    """
    others = (name for name in _files(root, PurePosixPath(), frozenset()) if not _ends(name, suffixes))
    return dict(Counter(name.suffix.lower() or "without an ending" for name in others).most_common())


def find_sources(root: Path, suffixes: tuple[str, ...], without: Collection[str] = frozenset()) -> list[PurePosixPath]:
    """Return what `find_files` finds, where each file is to have a part map of its own.

    Args:
        root: The folder.
        suffixes: The endings, such as ".jpg".
        without: Names of folders and files right below the root that are passed over too.

    Raises:
        ImageTreeError: Two files of one folder differ in their ending alone, so that both would have the same part map.
    """
    found = find_files(root, suffixes, without)
    by_stem: dict[PurePosixPath, PurePosixPath] = {}
    for name in found:
        other = by_stem.setdefault(name.with_suffix(""), name)
        if other is not name:
            raise ImageTreeError(
                f"{root / other} and {root / name} differ in their ending alone, so that both would have the part map "
                f"{name.with_suffix('.png')}: rename or remove one of them"
            )
    return found


def _ends(name: PurePosixPath, suffixes: tuple[str, ...]) -> bool:
    return name.suffix.lower() in suffixes


def _files(
    root: Path, inside: PurePosixPath, above: frozenset[tuple[int, int]], without: Collection[str] = frozenset()
) -> Iterator[PurePosixPath]:
    """Yield all files below a folder, but for hidden ones and those of the names in `without` right below the root."""
    folder = root / inside
    status = folder.stat()
    itself = status.st_dev, status.st_ino
    if itself in above:  # a link to a folder above
        return
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in without:
            continue
        if path.is_dir():
            yield from _files(root, inside / path.name, above | {itself})
        else:
            yield inside / path.name


def check_folders(images: Path, outs: Iterable[Path]) -> None:
    """Refuse a root of images that is no folder, and files in the place of the folders to write to.

    Args:
        images: The root.
        outs: The folders to write to, which need not exist.

    Raises:
        ImageTreeError: One does not do.
    """
    if not images.is_dir():
        what = "is a file, expected a folder" if images.exists() else "does not exist"
        raise ImageTreeError(f"{images} {what}: give the folder of the images")
    for out in outs:
        if out.exists() and not out.is_dir():
            raise ImageTreeError(f"{out} is a file, expected a folder to write to: choose another")


@contextlib.contextmanager
def claimed_tree(out: Path) -> Iterator[None]:
    """Make a folder of a tree this process's for the block; what a killed one left half written there is removed.

    In a folder that cannot be written to nothing is done: what is complete is found to be so there as well.

    Args:
        out: The folder; made if need be, with a hidden lock file in it, which stays.

    Raises:
        ImageTreeError: Another process writes to it now.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(out / "tree", wait=False))
        except InUseError as error:
            raise ImageTreeError(
                f"another process writes to {out}: wait until it is done, or choose another folder"
            ) from error
        except WriteError:
            pass
        else:
            remove_temporary_files(out)
        yield


def refuse_foreign_files(paths: Iterable[Path], mark: str, maker: str) -> None:
    """Refuse to write where there is a file that is none of ours.

    Args:
        paths: Where files are to be written.
        mark: What each of our files has somewhere in it.
        maker: Who did not make a foreign file, such as "by `ccreid parse`".

    Raises:
        ImageTreeError: There is one; the message names the first.
    """
    found = prefetch(lambda path: None if is_free(path, mark) else path, paths, _AHEAD)
    foreign = [path for path in found if path is not None]
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise ImageTreeError(
            f"{foreign[0]}{more} would be overwritten and was not made {maker}: choose another folder, or allow it "
            "with --overwrite"
        )


def is_free(path: Path, mark: str) -> bool:
    """Whether a file may be written here: there is nothing, a file of ours, or what a power failure leaves.

    Args:
        path: Where it is to be written.
        mark: What each of our files has somewhere in it.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return True
    return mark.encode() in data or not data.strip(b"\0")


@dataclass(frozen=True)
class TreeWords:
    """How a report speaks of the work.

    Attributes:
        done: What was done, such as "parsed".
        counted: What is counted, such as "images".
        product: What an image gets, such as "a part map".
    """

    done: str
    counted: str
    product: str


@dataclass(frozen=True)
class TreeReport:
    """What a call did; as text, one line.

    Attributes:
        words: How the line speaks of the work.
        out: Root of the files that were written.
        written: Images of which something was written. What a Ray worker wrote before it was lost counts as skipped.
        skipped: Images of which all was there.
        broken: Images that could not be read and have nothing written, and why.
        seconds: Time that it took.
        doubtful: Images whose file is there but hardly right, the worst first, and why.
    """

    words: TreeWords
    out: Path
    written: int
    skipped: int
    broken: tuple[Skipped, ...]
    seconds: float
    doubtful: tuple[Skipped, ...] = ()

    def __str__(self) -> str:
        done, counted = self.words.done, self.words.counted
        if self.written:
            rate = self.written / max(self.seconds, 1e-9)
            kept = f", kept {self.skipped}" if self.skipped else ""
            line = f"{done} {self.written} {counted}{kept} into {self.out} in {self.seconds:.0f} s, {rate:.1f} images/s"
        elif self.skipped:
            line = f"{self.out} is complete already: {self.skipped} {counted}"
        else:
            line = f"nothing was written to {self.out}"
        line += f"; {len(self.broken)} broken, without {self.words.product}" if self.broken else ""
        return line + self._doubts()

    def _doubts(self) -> str:
        if not self.doubtful:
            return ""
        worst = ", ".join(f"{doubted.path} ({doubted.reason})" for doubted in self.doubtful[:_NAMED])
        share = len(self.doubtful) / (self.written + self.skipped)
        return f"; {len(self.doubtful)} doubtful ({share:.1%}), the worst: {worst}"
