"""Finding the files of a folder tree, in an order that is the same everywhere."""

from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from ccreid.parsing.errors import ParseError


def find_files(root: Path, suffixes: tuple[str, ...], without: Collection[str] = frozenset()) -> list[PurePosixPath]:
    """Return the files with one of these endings, relative to the root and sorted by folder and name.

    Hidden files and folders and the folders of the root that are named in `without` are passed over, links are
    followed, and capital letters in an ending do not matter.
    """
    return sorted(_files(root, PurePosixPath(), suffixes, frozenset(), without), key=lambda name: name.parts)


def find_sources(root: Path, suffixes: tuple[str, ...], without: Collection[str] = frozenset()) -> list[PurePosixPath]:
    """Return what `find_files` finds, where each file is to have a part map of its own.

    Raises:
        ParseError: Two files of one folder differ in their ending alone, so that both would have the same part map.
    """
    found = find_files(root, suffixes, without)
    by_stem: dict[PurePosixPath, PurePosixPath] = {}
    for name in found:
        other = by_stem.setdefault(name.with_suffix(""), name)
        if other is not name:
            raise ParseError(
                f"{root / other} and {root / name} differ in their ending alone, so that both would have the part map "
                f"{name.with_suffix('.png')}: rename or remove one of them"
            )
    return found


def _files(
    root: Path,
    inside: PurePosixPath,
    suffixes: tuple[str, ...],
    above: frozenset[tuple[int, int]],
    without: Collection[str] = frozenset(),
) -> Iterator[PurePosixPath]:
    folder = root / inside
    status = folder.stat()
    itself = status.st_dev, status.st_ino
    if itself in above:  # a link to a folder above
        return
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in without:
            continue
        if path.is_dir():
            yield from _files(root, inside / path.name, suffixes, above | {itself})
        elif path.suffix.lower() in suffixes:
            yield inside / path.name
