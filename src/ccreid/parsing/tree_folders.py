"""Checks of the folders that a tree of images is read from and written to, before anything is written."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ccreid.parsing.errors import ParseError


def check_folders(images: Path, outs: Iterable[Path]) -> None:
    """Refuse a root of images that is no folder, and files in the place of the folders to write to.

    Raises:
        ParseError: One does not do.
    """
    if not images.is_dir():
        what = "is a file, expected a folder" if images.exists() else "does not exist"
        raise ParseError(f"{images} {what}: give the folder of the images")
    for out in outs:
        if out.exists() and not out.is_dir():
            raise ParseError(f"{out} is a file, expected a folder to write to: choose another")


def refuse_foreign_files(paths: Iterable[Path], mark: str, maker: str) -> None:
    """Refuse to write where there is a file that is none of ours.

    Args:
        paths: Where files are to be written.
        mark: What each of our files has somewhere in it.
        maker: Who did not make a foreign file, such as "by `ccreid parse`".

    Raises:
        ParseError: There is one; the message names the first.
    """
    paths = list(paths)
    with ThreadPoolExecutor() as pool:
        free = pool.map(lambda path: is_free(path, mark), paths)
        foreign = [path for path, may_be in zip(paths, free, strict=True) if not may_be]
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise ParseError(
            f"{foreign[0]}{more} would be overwritten and was not made {maker}: choose another folder, or allow it "
            "with --overwrite"
        )


def is_free(path: Path, mark: str) -> bool:
    """Whether a file may be written here: there is nothing, a file of ours, or what a power failure leaves."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return True
    return mark.encode() in data or not data.strip(b"\0")
