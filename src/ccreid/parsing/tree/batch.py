"""One batch of a tree: load its files, parse them, write their maps; what every engine runs.

The files of a tree are cut into batches by their place in the tree, before any is looked at. So a file is always parsed
in the same company, whatever was done already and whoever does it, and in calls of always the same number of images.
For a convolution rounds differently in another batch size (6e-8 between 8 and 16 images, on a small network and one
thread), and a pixel on the border of two labels then falls to the other side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ccreid.datasets.decoding import ImageError
from ccreid.datasets.part_maps import PartMapError, PngError, read_parts, read_png_text, write_parts
from ccreid.parsing.parser import Parser, label_maps
from ccreid.parsing.plausibility import judge
from ccreid.parsing.tree.files import Files
from ccreid.parsing.tree.overlay import write_labels, write_overlay

SOURCE_TEXT: Final = "ccreid-source"
"""Key of a PNG's text that holds the digest of the file that it was made from."""
PARSER_TEXT: Final = "ccreid-parser"
"""Key of a PNG's text that names the parser, its fingerprint and the digest of the merge."""
LABELS_TEXT: Final = "ccreid-labels"
"""Key of the text of a PNG of labels: their names in the order of their values, one a line."""

Tree = Literal["parts", "labels", "overlay"]


@dataclass(frozen=True)
class Work:
    """What is to be done with each file; everything but the parser, so that other machines can be told.

    Attributes:
        files: What the tree is read as.
        root: The tree that is read, an absolute path, as are all others.
        trees: The trees that are written, by what they hold.
        parser: What `PARSER_TEXT` is to say.
        labels: Names of the parser's labels.
        table: The part of each label, uint8 (labels,).
        batch: Images of each call of the parser.
    """

    files: Files
    root: Path
    trees: dict[Tree, Path]
    parser: str
    labels: tuple[str, ...]
    table: NDArray[np.uint8]
    batch: int

    def text(self, digest: str) -> dict[str, str]:
        """Return the text of the PNGs of a file with this digest."""
        return {SOURCE_TEXT: digest, PARSER_TEXT: self.parser}

    def path(self, tree: Tree, name: PurePosixPath) -> Path:
        """Return where a file's PNG is.

        Args:
            tree: Of the trees that are written.
            name: The file, below the root.
        """
        return self.trees[tree] / name.with_suffix(".png")


class Outcome(NamedTuple):
    """What became of a file.

    Attributes:
        name: Its path below the root.
        status: "written", "skipped" where all that is asked for was there, or "broken".
        reason: Why it is broken; empty otherwise.
        plausibility: Of its part map, 0..1; 1 where it is broken.
        doubts: Why the map is not plausible throughout, as words for a user.
    """

    name: PurePosixPath
    status: Literal["written", "skipped", "broken"]
    reason: str = ""
    plausibility: float = 1.0
    doubts: str = ""


@dataclass
class Source:
    """A file on its way through a batch.

    Attributes:
        name: Its path below the root.
        digest: As its PNGs' text has it; empty where the file is broken.
        missing: Trees that lack its PNG, or have one that is damaged or was made from something else.
        decoded: What the parser takes; None where nothing is missing in the whole batch, or the file is broken.
        reason: Why the file is broken; empty where it is not.
        label_map: The parser's labels (H, W); None where only an overlay of a map that is there is asked for.
    """

    name: PurePosixPath
    digest: str = ""
    missing: tuple[Tree, ...] = ()
    decoded: NDArray[np.uint8] | None = None
    reason: str = ""
    label_map: NDArray[np.uint8] | None = None

    @property
    def needs_parser(self) -> bool:
        """Whether something is missing that only the parser can make."""
        return self.decoded is not None and bool({"parts", "labels"} & set(self.missing))


def load_batch(work: Work, names: Sequence[PurePosixPath]) -> list[Source]:
    """Look at the files of a batch and at what is there of them, and decode them where something is missing.

    Args:
        work: What is to be done.
        names: The files of the batch, below the work's root.

    Returns:
        A source for each file.
    """
    sources = [Source(name) for name in names]
    data = [_look(work, source) for source in sources]
    for source, content in zip(sources, data, strict=True):
        if source.missing:
            _decode(work, source, content)
    if any(source.needs_parser for source in sources):
        # The others keep it company, as they did when they were parsed themselves.
        for source, content in zip(sources, data, strict=True):
            if source.decoded is None and not source.reason:
                _decode(work, source, content)
    return sources


def parse_batch(work: Work, parser: Parser, sources: Sequence[Source]) -> None:
    """Give the sources of a batch their label maps, in one call of the parser, if one of them needs it.

    Args:
        work: What is to be done.
        parser: Whose labels are those of the work.
        sources: What `load_batch` returned.

    Raises:
        ParserError: The parser's memory does not suffice, or it does not do what parsers do.
    """
    if not any(source.needs_parser for source in sources):
        return
    whole = [source for source in sources if source.decoded is not None]
    images = [source.decoded for source in whole if source.decoded is not None]
    paths = [work.root / source.name for source in whole]
    # A short batch is filled up with its first image: the number of images must not change.
    missing = work.batch - len(images)
    maps = label_maps(parser, images + images[:1] * missing, paths + paths[:1] * missing)
    for source, labels in zip(whole, maps, strict=False):
        source.label_map = labels


def write_batch(work: Work, sources: Sequence[Source]) -> list[Outcome]:
    """Write what is missing of a batch.

    Args:
        work: What is to be done.
        sources: What `load_batch` returned, after `parse_batch`.

    Returns:
        What became of each file.
    """
    return [_write(work, source) for source in sources]


def _look(work: Work, source: Source) -> bytes:
    path = work.root / source.name
    try:
        data = path.read_bytes()
        source.digest = work.files.digest(path, data)
    except OSError as error:
        source.reason = f"{path} cannot be read ({error.strerror}): copy it again or remove it"
        return b""
    except ImageError as error:
        source.reason = str(error)
        return b""
    text = work.text(source.digest)
    source.missing = tuple(tree for tree in work.trees if not _is_current(work.path(tree, source.name), text))
    return data


def _is_current(path: Path, text: dict[str, str]) -> bool:
    try:
        there = read_png_text(path)
    except (PngError, FileNotFoundError):
        return False
    return all(there.get(key) == value for key, value in text.items())


def _decode(work: Work, source: Source, data: bytes) -> None:
    try:
        source.decoded = work.files.decode(work.root / source.name, data)
    except (ImageError, PartMapError) as error:
        source.reason = str(error)


def _write(work: Work, source: Source) -> Outcome:
    if source.reason:
        return Outcome(source.name, "broken", source.reason)
    labels = source.label_map if source.missing else None
    parts = read_parts(work.path("parts", source.name)) if labels is None else work.table[labels]
    judgement = judge(parts)
    outcome = Outcome(source.name, "skipped", "", judgement.plausibility, "; ".join(judgement.doubts))
    if not source.missing or source.decoded is None:
        return outcome
    text = work.text(source.digest)
    if "labels" in source.missing and labels is not None:
        names = {LABELS_TEXT: "\n".join(work.labels)}
        write_labels(work.path("labels", source.name), labels, {**text, **names})
    if "overlay" in source.missing:
        try:
            picture = work.files.picture(work.root / source.name, source.decoded)
        except ImageError as error:
            return Outcome(source.name, "broken", str(error))
        write_overlay(work.path("overlay", source.name), picture, parts, text)
    if "parts" in source.missing:
        write_parts(work.path("parts", source.name), parts, text)
    return outcome._replace(status="written")
