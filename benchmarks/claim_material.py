"""Training images for the paper's claim on photos: Market-1501's people, as many rendered ones, and half of each.

    ccreid parse data/photos/market1501/bounding_box_train data/claim/market-parts
    python benchmarks/claim_material.py data/photos/market1501 data/claim/market-parts data/people data/claim
    ccreid reproduce table2 --data data/claim/market --profile cpu --runs runs/market

Writes market/images.csv, rendered/images.csv and both/images.csv. Each lists about as many images, so that a number of
epochs is as many steps on any of them, and the same test images: Market-1501's query and bounding_box_test. Of each
person it takes images evenly from the first to the last, and so from all cameras and outfits; both has half of each
person's.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from small_material import as_csv

from ccreid.atomic_files import write_atomically
from ccreid.datasets.market1501 import Market1501
from ccreid.datasets.open_data import open_data_set
from ccreid.datasets.record import ImageRecord

COLUMNS = ("path", "identity", "camera", "split", "parts")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("market", type=Path, help="Market-1501, as it is handed out")
    parser.add_argument("parts", type=Path, help="part maps of its bounding_box_train, by ccreid parse")
    parser.add_argument("people", type=Path, help="a data set of `ccreid render`, of at least as many people")
    parser.add_argument("out", type=Path, help="folder to write")
    parser.add_argument(
        "--images", type=int, default=6, help="of each person (6); both has half as many of twice as many people"
    )
    arguments = parser.parse_args()
    market = Market1501(arguments.market, parts="none")
    rendered = open_data_set(arguments.people, parts="required")
    photos = by_person(market.train)
    people = by_person([*rendered.train, *rendered.test_records()])[: len(photos)]
    test = [
        row(record, "market", split)
        for split, records in (("query", market.query), ("gallery", market.gallery))
        for record in records
    ]
    most, half = arguments.images, arguments.images // 2
    for name, each in {"market": (most, 0), "rendered": (0, most), "both": (half, half)}.items():
        rows = [
            *(row(record, "market", "train", arguments.parts) for record in taken(photos, each[0])),
            *(row(record, "rendered", "train") for record in taken(people, each[1])),
        ]
        path = arguments.out / name / "images.csv"
        write_atomically(path, as_csv([*rows, *test], COLUMNS))
        print(f"{path}: {len(rows)} training images of {len({one['identity'] for one in rows})} people")


def by_person(records: Sequence[ImageRecord]) -> list[list[ImageRecord]]:
    """Return each person's images, sorted by path."""
    people: dict[int, list[ImageRecord]] = {}
    for record in sorted(records, key=lambda one: str(one.image)):
        people.setdefault(record.identity, []).append(record)
    return [people[identity] for identity in sorted(people)]


def taken(people: Sequence[Sequence[ImageRecord]], images: int) -> Iterator[ImageRecord]:
    """Yield so many of each person's images, evenly from the first to the last; all, of a person who has fewer."""
    for own in people:
        count = min(images, len(own))
        yield from (own[place * len(own) // count] for place in range(count))


def row(record: ImageRecord, source: str, split: str, parts: Path | None = None) -> dict[str, str]:
    """Return an image's row of a table.

    Args:
        record: The image.
        source: Of whom it is, so that people of two sources do not share a name.
        split: train, query or gallery.
        parts: Folder of the part map, of an image whose record has none.
    """
    found = record.parts if parts is None else parts / f"{Path(record.image).stem}.png"
    return {
        "path": str(Path(record.image).absolute()),
        "identity": f"{source} {record.identity}",
        "camera": f"{source} {record.camera}",
        "split": split,
        "parts": "" if found is None else str(found.absolute()),
    }


if __name__ == "__main__":
    main()
