"""Parses a folder tree of images into a like tree of part maps (Shu et al. 2021, Sec. II-A)."""

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ccreid.datasets.image_tree import (
    ImageTreeError,
    TreeReport,
    TreeWords,
    check_folders,
    claimed_tree,
    find_sources,
    refuse_foreign_files,
)
from ccreid.datasets.open_data import holds_images_itself
from ccreid.datasets.record import Skipped
from ccreid.parsing.labels import Merge
from ccreid.parsing.mask6 import SoftMaskFiles
from ccreid.parsing.merge_file import parts_table
from ccreid.parsing.parser import Parser
from ccreid.parsing.plausibility import DOUBTFUL
from ccreid.parsing.tree.batch import SOURCE_TEXT, Outcome, Tree, Work
from ccreid.parsing.tree.engine import Engine, run_here
from ccreid.parsing.tree.files import Files, ImageFiles
from ccreid.parsing.tree.overlay_index import INDEX, by_plausibility, write_index
from ccreid.progress import show_progress

PARSING: Final = TreeWords("parsed", "images", "a part map")


def parse_tree(
    images: str | Path,
    out: str | Path,
    parser: Parser | Callable[[], Parser],
    *,
    files: Files | None = None,
    merge: Merge | Path | None = None,
    batch: int = 8,
    keep_labels: bool = False,
    overlay: bool = False,
    overwrite: bool = False,
    engine: Engine = run_here,
) -> TreeReport:
    """Parse all images of a folder tree into part maps.

    Each image's map is a palette PNG of the six parts in the image's size, under `out` in the image's folder and with
    its name: what the readers of ccreid take. The PNG's text says what it was made from: the image by its SHA-256, the
    parser by name and fingerprint, and the merge. A map that is there and says the same is kept; one that is damaged,
    or of another image, parser or merge, is made anew. So a parsing that was stopped goes on when it is started
    again, and ends with the files that it would have made in one go, byte for byte; nothing half written is ever under
    a map's name. Another batch size, device or number of threads does not make a map anew: their maps differ by
    rounding at most.

    `out` is outside `images`, but for the folder parts of a data set whose images begin at its root, as LTCC's do.

    Args:
        images: Root of the images.
        out: Root of the part maps; made where it is missing. Other files in it stay as they are.
        parser: A parser, or a function that builds one; Ray needs the function, and must be able to pickle it.
        files: What the tree is read as: images where None, or `SoftMaskFiles`.
        merge: The part of each of the parser's labels, or a YAML file for `read_merge`; the parser's own where None.
        batch: Images of each call of the parser; the last call of a tree is filled up with a repeated image.
        keep_labels: Also write the parser's own labels as palette PNGs, to the folder `<out>_labels`.
        overlay: Also write pictures, the images with their parts in colour, to the folder `<out>_overlay`, and a page
            index.html that shows them, doubtful ones first.
        overwrite: Replace PNGs in the place of a map that are none of ours.
        engine: Who runs the batches: `run_here`, or `ccreid.parsing.tree.ray_parsing.run_on_ray`.

    Raises:
        ImageTreeError: The folders do not do, two images have one name, a PNG would be overwritten, or a setting is out
            of range.
        RayEngineError: Ray cannot be started or reached, or a worker of it failed.
        ParserError: The parser's memory does not suffice, or it does not do what parsers do.
        LabelError: A label of the parser has no part, or the merge file is wrong.
        FileNotFoundError: There is no such merge file.
        OSError: A file cannot be written.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> from ccreid.parsing.known_parsers import build_parser
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Path(folder, "photos").mkdir()
        ...     Image.new("RGB", (90, 200)).save(Path(folder, "photos", "a.jpg"))
        ...     report = parse_tree(Path(folder, "photos"), Path(folder, "parts"), build_parser("lite"))
        >>> report.written, report.skipped, len(report.broken)
        (1, 0, 0)
    """
    started = time.monotonic()
    images, out = Path(images), Path(out)
    if batch < 1:
        raise ImageTreeError(f"batch is {batch}, expected at least 1")
    files = files or ImageFiles()
    if overlay and isinstance(files, SoftMaskFiles) and files.images is None:
        raise ImageTreeError(f"an overlay needs the images of {images}: give their folder with --rgb")
    root = _absolute(images)
    trees = _trees(_absolute(out), keep_labels, overlay)
    inside = _trees_inside(root, trees["parts"])
    _check_folders(root, trees, files, inside)
    names = find_sources(root, files.suffixes, frozenset(path.name for path in inside))
    if not names:
        raise ImageTreeError(_nothing_found(root, files))
    if not overwrite:
        paths = [tree / name.with_suffix(".png") for tree in trees.values() for name in names]
        paths += [trees["overlay"] / INDEX] if overlay else []
        refuse_foreign_files(paths, SOURCE_TEXT, "by `ccreid parse`, or is damaged")
    build = None if isinstance(parser, Parser) else parser
    ready = parser if isinstance(parser, Parser) else parser()
    table = parts_table(ready, merge)
    work = Work(files, root, trees, parser_text(ready, table), ready.labels, table, batch)
    outcomes: list[Outcome] = []
    batches = [names[first : first + batch] for first in range(0, len(names), batch)]
    with contextlib.ExitStack() as stack:
        for tree in trees.values():
            stack.enter_context(claimed_tree(tree))
        advance = stack.enter_context(show_progress("parsing", len(names)))
        for done in engine(work, ready, build, batches):
            outcomes += done
            written = sum(outcome.status == "written" for outcome in done)
            advance(written, len(done) - written)
        if overlay:
            write_index(trees["overlay"], outcomes)
    return _report(out, images, outcomes, time.monotonic() - started)


def parser_text(parser: Parser, table: NDArray[np.uint8]) -> str:
    """Return what the PNGs say of their parser: its name and fingerprint, and a digest of the merge.

    Args:
        parser: Which made the label maps.
        table: The part of each of its labels, uint8 (labels,).
    """
    merge = "\n".join(f"{label}={part}" for label, part in zip(parser.labels, table.tolist(), strict=True))
    return f"{parser.name} {parser.fingerprint} merge {hashlib.sha256(merge.encode()).hexdigest()}"


def _trees(out: Path, keep_labels: bool, overlay: bool) -> dict[Tree, Path]:
    trees: dict[Tree, Path] = {"parts": out}
    if keep_labels:
        trees["labels"] = out.with_name(f"{out.name}_labels")
    if overlay:
        trees["overlay"] = out.with_name(f"{out.name}_overlay")
    return trees


def _trees_inside(root: Path, out: Path) -> list[Path]:
    """Return the folders in a data set that hold its part maps, where they belong there."""
    if out == root / "parts" and holds_images_itself(root):
        return list(_trees(out, keep_labels=True, overlay=True).values())
    return []


def _check_folders(root: Path, trees: dict[Tree, Path], files: Files, inside: Sequence[Path]) -> None:
    check_folders(root, trees.values())
    for path in trees.values():
        if path not in inside and path.resolve().is_relative_to(root.resolve()):
            inner = root / ("mask_6" if isinstance(files, SoftMaskFiles) else "rgb")
            raise ImageTreeError(
                f"{path} is inside {root}, whose images are parsed, so that its PNGs would be taken for images: "
                + (f"give {inner} to be parsed" if inner.is_dir() else "choose a folder beside it")
            )


def _nothing_found(root: Path, files: Files) -> str:
    expected = ", ".join(files.suffixes)
    if isinstance(files, SoftMaskFiles):
        return f"{root} holds no soft masks ({expected}): give the authors' mask_6 folder, or choose another parser"
    masks = next(root.rglob("*.npy"), None)
    hint = "for soft masks choose the parser mask6" if masks else "give the folder of the images"
    return f"{root} holds no images ({expected}): {hint}"


def _report(out: Path, images: Path, outcomes: Sequence[Outcome], seconds: float) -> TreeReport:
    broken = sorted(outcome for outcome in outcomes if outcome.status == "broken")
    doubtful = [outcome for outcome in by_plausibility(outcomes) if outcome.plausibility < DOUBTFUL]
    return TreeReport(
        PARSING,
        out,
        sum(outcome.status == "written" for outcome in outcomes),
        sum(outcome.status == "skipped" for outcome in outcomes),
        tuple(Skipped(images / outcome.name, outcome.reason) for outcome in broken),
        seconds,
        tuple(Skipped(images / outcome.name, outcome.doubts) for outcome in doubtful),
    )


def _absolute(path: Path) -> Path:
    # Workers run in other folders. Links stay: `parts` may be one, and what goes beside it belongs beside the link.
    return Path(os.path.abspath(path))  # noqa: PTH100
