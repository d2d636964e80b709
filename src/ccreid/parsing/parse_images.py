"""Part maps of images in Python, as `ReIDModel.embed` gives features: from paths, Pillow images or arrays to arrays."""

import itertools
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ccreid.datasets.image_source import ImageSource, each_source, source_pixels
from ccreid.errors import BadValueError
from ccreid.parsing.known_parsers import build_parser
from ccreid.parsing.labels import Merge
from ccreid.parsing.merge_file import parts_table
from ccreid.parsing.parser import Parser, label_maps
from ccreid.prefetch import prefetch
from ccreid.progress import LONG, show_progress


def parse_images(
    images: ImageSource | Iterable[ImageSource],
    parser: str | Parser = "lite",
    weights: str | Path | None = None,
    *,
    merge: Merge | Path | None = None,
    device: str = "auto",
    batch_size: int = 8,
    progress: bool | None = None,
) -> Iterator[NDArray[np.uint8]]:
    """Return the part maps of images, one after the other.

    The parser is built at once, so that a wrong choice shows here; images are read, in threads, and parsed as the maps
    are asked for, a batch ahead at most. So neither the images of an iterator nor their maps are ever all in memory:
    make a `list` of the maps if they may be. `ccreid parse` writes the same maps to files and goes on where it stopped.

    Args:
        images: Paths, Pillow images or uint8 RGB arrays (H, W, 3), in any mixture, or one of them.
        parser: A name, such as "lite", "schp-atr" or "onnx:FILE" (`ccreid parse --help` lists them), or a `Parser`.
        weights: The file of the named parser's weights; for segformer a checkpoint's name or folder. lite has its own.
        merge: The part of each of the parser's labels, or a YAML file for `read_merge`; the parser's own where None.
        device: Where the named parser runs: auto, cpu, cuda, cuda:1, ...
        batch_size: Images of each call of the parser, at least 1.
        progress: Show how far it is; where it is left out, of lists of more than 512 images.

    Returns:
        An iterator over one part map for each image in their order, uint8 (H, W) in the image's own size, values 0..5
        of `ccreid.parts.Part`. It raises an ImageError where an image cannot be read, naming its file or its place, and
        a ParserError where the parser's memory does not suffice.

    Raises:
        BadValueError: There is no such parser, weights or device, the parser needs weights or takes none or reads no
            images, or the batch size is below 1.
        WeightsError: The weights are missing, damaged or of something else.
        LabelError: A label of the parser has no part, or the merge file is wrong.
        MissingFileError: There is no such merge file.
        MissingExtraError: The parser needs a package that is not installed.

    Example:
        >>> for parts in parse_images(np.zeros((200, 90, 3), np.uint8)):
        ...     print(parts.shape, parts.dtype)
        (200, 90) uint8
    """
    if batch_size < 1:
        raise BadValueError(f"batch_size is {batch_size}, expected at least 1")
    ready = parser if isinstance(parser, Parser) else _built(parser, weights, device, merge)
    if isinstance(parser, Parser) and weights is not None:
        raise BadValueError(f"weights is {weights}, and {parser.name} is a Parser that has its own: leave them out")
    table = parts_table(ready, merge)
    sources, total = each_source(images)
    shown = (total or 0) > LONG if progress is None else progress
    return _maps(sources, ready, table, batch_size, total, shown)


def _built(name: str, weights: str | Path | None, device: str, merge: Merge | Path | None) -> Parser:
    if name == "mask6":
        raise BadValueError(
            "the parser mask6 reads the authors' soft masks and no images: read those with "
            "ccreid.datasets.part_maps.read_parts, or choose another parser"
        )
    return build_parser(name, weights, device, merge if isinstance(merge, Path) else None)


def _maps(
    sources: Iterable[ImageSource],
    parser: Parser,
    table: NDArray[np.uint8],
    batch_size: int,
    total: int | None,
    shown: bool,
) -> Iterator[NDArray[np.uint8]]:
    with (
        show_progress("parsing", total, shown) as advance,
        closing(prefetch(_read, enumerate(sources), ahead=batch_size)) as images,
    ):
        while batch := list(itertools.islice(images, batch_size)):
            labels = label_maps(parser, [pixels for _, pixels in batch], [name for name, _ in batch])
            advance(len(batch), 0)
            yield from (table[label_map] for label_map in labels)


def _read(numbered: tuple[int, ImageSource]) -> tuple[str, NDArray[np.uint8]]:
    """Return what an error is to call an image, and its pixels."""
    index, source = numbered
    return str(source) if isinstance(source, str | Path) else f"image {index}", source_pixels(source, index)
