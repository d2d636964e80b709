"""From a human parser and images with true part maps to its scores, and the file that keeps them."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from ccreid.atomic_files import write_atomically
from ccreid.datasets.images import read_image
from ccreid.datasets.part_maps import PartMapError, read_parts
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord
from ccreid.errors import BadValueError
from ccreid.parsing.label_maps.photos import LabelledPhotos
from ccreid.parsing.labels import merge_table
from ccreid.parsing.parser import Parser, label_maps
from ccreid.parsing.part_iou import part_iou
from ccreid.prefetch import prefetch
from ccreid.provenance import Provenance

_FORMAT: Final = "ccreid-parser-scores-2"
_BATCH: Final = 32


@dataclass(frozen=True)
class ParserScores:
    """How well a parser does on people whose true part maps are known.

    Attributes:
        parser: The parser's name.
        fingerprint: The parser's, see `Parser`.
        images: Number of images.
        identities: Number of people; of photos with label maps nobody says who is on them, so each counts as another.
        iou: Intersection over union of each part by its name, fractions 0..1.
        mean_iou: Mean over the parts.
        person: Share of the pixels of people, true or predicted, that are of people in both.
    """

    parser: str
    fingerprint: str
    images: int
    identities: int
    iou: dict[str, float]
    mean_iou: float
    person: float


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
    scores = part_iou(_parsed(parser, records, _read, [record.image for record in records]))
    identities = len({record.identity for record in records})
    return ParserScores(
        parser.name, parser.fingerprint, len(records), identities, scores.parts, scores.mean, scores.person
    )


def score_on_photos(parser: Parser, photos: LabelledPhotos) -> ParserScores:
    """Parse the held-out photos and compare with their label maps, in the photos' own size; see `score_parser`.

    Args:
        parser: Of any kind; its labels are merged as the authors merge.
        photos: Whose `held_out` are parsed.

    Raises:
        ImageError: A photo or its map is broken.
        ParserError: The parser's memory does not suffice, or it does not do what parsers do.
        LabelError: A label of the parser has no part.
    """
    pairs = photos.held_out
    scores = part_iou(_parsed(parser, pairs, photos.read, [pair.photo for pair in pairs]))
    return ParserScores(
        parser.name, parser.fingerprint, len(pairs), len(pairs), scores.parts, scores.mean, scores.person
    )


def write_parser_scores(path: Path, scores: Mapping[str, ParserScores], provenance: Provenance) -> None:
    """Write scores and where they come from to a JSON file, which is whole or absent.

    Args:
        path: The file; folders above it are made.
        scores: By what they are of, such as "rendered" and "photos".
        provenance: Where they come from.
    """
    tree = {name: asdict(of_kind) for name, of_kind in scores.items()}
    write_atomically(path, json.dumps({"format": _FORMAT, **tree, "run": provenance}, indent=2) + "\n")


Item = TypeVar("Item")
Pair = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def _parsed(
    parser: Parser, items: Sequence[Item], read: Callable[[Item], Pair], names: Sequence[Path]
) -> Iterator[Pair]:
    """Return the true and the predicted part map of each item."""
    table, left = merge_table(parser.labels, parser.merge), iter(names)
    with closing(prefetch(read, items, ahead=_BATCH)) as pairs:
        while batch := list(itertools.islice(pairs, _BATCH)):
            images = [image for image, _ in batch]
            predicted = label_maps(parser, images, list(itertools.islice(left, len(batch))))
            for (_, true), labels in zip(batch, predicted, strict=True):
                yield true, table[labels]


def _read(record: ImageRecord) -> Pair:
    if record.parts is None:
        raise BadValueError(f"{record.image} has no part map to compare with: leave it out")
    true = read_parts(record.parts)
    image: NDArray[np.uint8] = read_image(record.image, *true.shape).permute(1, 2, 0).numpy()
    return image, true
