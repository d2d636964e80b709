"""From a human parser and images with true part maps to its scores, and the file that keeps them."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ccreid.atomic_files import write_atomically
from ccreid.datasets.images import read_image
from ccreid.datasets.part_maps import read_parts
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord
from ccreid.errors import BadValueError, CcreidError, MissingFileError
from ccreid.parsing.labels import merge_table
from ccreid.parsing.parser import Parser
from ccreid.parsing.part_iou import part_iou
from ccreid.provenance import Provenance

_FORMAT: Final = "ccreid-parser-scores-1"
_BATCH: Final = 32


class ParserScoresError(CcreidError, ValueError):
    """A parser cannot be scored, or a file holds no scores; the message names the data set or the file."""


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
        ParserScoresError: None has one.
    """
    records = [*data.gallery, *data.query_same, *data.query_cross]
    known = [record for record in records if record.parts is not None]
    if not known:
        raise ParserScoresError(
            f"no test image of {data.root} has a part map under {data.root / 'parts' / 'test'}: "
            "a parser is scored on exact ones, which `ccreid render` makes"
        )
    return known


def score_parser(parser: Parser, records: Sequence[ImageRecord]) -> ParserScores:
    """Parse images and compare with their true part maps, over all pixels together.

    Raises:
        ImageError: An image is broken.
        PartMapError: A part map is broken.
        ValueError: There are no records, or one has no part map.
    """
    scores = part_iou(_parsed(parser, records))
    identities = len({record.identity for record in records})
    return ParserScores(parser.name, parser.fingerprint, len(records), identities, scores.parts, scores.mean)


def write_parser_scores(path: Path, scores: ParserScores, provenance: Provenance) -> None:
    """Write scores and where they come from to a JSON file, under a temporary name first."""
    text = json.dumps({"format": _FORMAT, **asdict(scores), "run": provenance}, indent=2)
    write_atomically(path, text + "\n")


def read_parser_scores(path: Path) -> tuple[ParserScores, Provenance]:
    """Read a file that `write_parser_scores` wrote.

    Raises:
        FileNotFoundError: There is no such file.
        ParserScoresError: The file is something else.
    """
    if not path.is_file():
        raise MissingFileError(f"{path} does not exist: `ccreid train parser` writes it")
    try:
        tree: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if tree.pop("format") != _FORMAT:
            raise ParserScoresError(f"its format is not {_FORMAT!r}")
        provenance: Provenance = tree.pop("run")
        return ParserScores(**tree), provenance
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ParserScoresError(f"{path} holds no scores of a parser ({error}): choose another file") from error


def _parsed(parser: Parser, records: Sequence[ImageRecord]) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    table = merge_table(parser.labels)
    # Threads decode the next batch while the parser is busy with this one.
    with ThreadPoolExecutor() as pool:
        pairs = pool.map(_read, records)
        for start in range(0, len(records), _BATCH):
            batch = [next(pairs) for _ in records[start : start + _BATCH]]
            predicted = parser.parse([image for image, _ in batch])
            for (_, true), labels in zip(batch, predicted, strict=True):
                yield true, table[labels]


def _read(record: ImageRecord) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    if record.parts is None:
        raise BadValueError(f"{record.image} has no part map to compare with: leave it out")
    true = read_parts(record.parts)
    image: NDArray[np.uint8] = read_image(record.image, *true.shape).permute(1, 2, 0).numpy()
    return image, true
