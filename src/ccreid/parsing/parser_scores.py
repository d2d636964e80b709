"""From a human parser and images with true part maps to its scores, and the file that keeps them."""

import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ccreid.atomic_files import write_atomically
from ccreid.datasets.images import read_image
from ccreid.datasets.part_maps import PartMapError, read_parts
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord
from ccreid.errors import BadValueError
from ccreid.parsing.labels import merge_table
from ccreid.parsing.parser import Parser, label_maps
from ccreid.parsing.part_iou import part_iou
from ccreid.prefetch import prefetch
from ccreid.provenance import Provenance

_FORMAT: Final = "ccreid-parser-scores-1"
_BATCH: Final = 32


@dataclass(frozen=True)
class ParserScores:
    """How well a parser does on people whose true part maps are known.

    Attributes:
        parser: The parser's name.
        fingerprint: The parser's, see `Parser`.
        images: Number of images.
        identities: Number of people.
        iou: Intersection over union of each part by its name, fractions 0..1.
        mean_iou: Mean over the parts.
    """

    parser: str
    fingerprint: str
    images: int
    identities: int
    iou: dict[str, float]
    mean_iou: float


def scorable_images(data: PRCC) -> list[ImageRecord]:
    """Return the gallery and query images that have a true part map.

    Raises:
        PartMapError: None has one.
    """
    records = [*data.gallery, *data.query_same, *data.query_cross]
    known = [record for record in records if record.parts is not None]
    if not known:
        raise PartMapError(
            f"no test image of {data.root} has a part map under {data.root / 'parts' / 'test'}: "
            "a parser is scored on exact ones, which `ccreid render` makes"
        )
    return known


def score_parser(parser: Parser, records: Sequence[ImageRecord]) -> ParserScores:
    """Parse images and compare with their true part maps, over all pixels together.

    Args:
        parser: Of any kind; its labels are merged as it says itself.
        records: Images with a true part map each, at whose size they are compared.

    Raises:
        ImageError: An image is broken.
        PartMapError: A part map is broken.
        ParserError: The parser's memory does not suffice, or it does not do what parsers do.
        LabelError: A label of the parser has no part.
        ValueError: There are no records, or one has no part map.
    """
    scores = part_iou(_parsed(parser, records))
    identities = len({record.identity for record in records})
    return ParserScores(parser.name, parser.fingerprint, len(records), identities, scores.parts, scores.mean)


def write_parser_scores(path: Path, scores: ParserScores, provenance: Provenance) -> None:
    """Write scores and where they come from to a JSON file, which is whole or absent.

    Args:
        path: The file; folders above it are made.
        scores: What the file holds.
        provenance: Where they come from.
    """
    text = json.dumps({"format": _FORMAT, **asdict(scores), "run": provenance}, indent=2)
    write_atomically(path, text + "\n")


def _parsed(parser: Parser, records: Sequence[ImageRecord]) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    table = merge_table(parser.labels, parser.merge)
    names = iter([record.image for record in records])
    with closing(prefetch(_read, records, ahead=_BATCH)) as pairs:
        while batch := list(itertools.islice(pairs, _BATCH)):
            images = [image for image, _ in batch]
            predicted = label_maps(parser, images, list(itertools.islice(names, len(batch))))
            for (_, true), labels in zip(batch, predicted, strict=True):
                yield true, table[labels]


def _read(record: ImageRecord) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    if record.parts is None:
        raise BadValueError(f"{record.image} has no part map to compare with: leave it out")
    true = read_parts(record.parts)
    image: NDArray[np.uint8] = read_image(record.image, *true.shape).permute(1, 2, 0).numpy()
    return image, true
