"""The images that ccreid-small is trained on, as one table: rendered people, and photos of whom nobody is known.

    ccreid render data/people --people 700 --outfits 4 --images_per_walk 2 --height 192 --width 96
    python benchmarks/small_material.py data/people data/clothing-co-parsing data/small
    ccreid train head_clothes --data.root data/small

Each photo counts as a person of its own in an outfit of its own: several views of it are alike, and no two photos are.
Photos are cut around their person by their label maps, as a detector would. A photo that a model is to be measured on
is named in the file of --without, one file name a line, and left out.
"""

import argparse
import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ccreid.atomic_files import write_atomically
from ccreid.datasets.open_data import open_data_set
from ccreid.datasets.record import ImageRecord

COLUMNS = ("path", "identity", "camera", "clothes", "split")

_HEIGHT = 512
_MARGIN = 0.06


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("people", type=Path, help="a data set of `ccreid render`")
    parser.add_argument("photos", type=Path, help="a folder with photos/NAME.jpg and labels/NAME.png")
    parser.add_argument("out", type=Path, help="folder to write: images.csv, and the photos' crops")
    parser.add_argument("--without", type=Path, help="a text file with the names of photos to leave out")
    arguments = parser.parse_args()
    left_out = set(arguments.without.read_text().split()) if arguments.without else set()
    rows = people_rows(arguments.people) + photo_rows(arguments.photos, arguments.out, left_out)
    write_atomically(arguments.out / "images.csv", as_csv(rows))
    print(f"{len(rows)} images are listed in {arguments.out / 'images.csv'}")


def people_rows(folder: Path) -> list[dict[str, str]]:
    """Return a row for each rendered image; test people search and are searched."""
    data = open_data_set(folder, parts="none")
    return [_row(record, "train") for record in data.train] + [_row(record, "test") for record in data.test_records()]


def photo_rows(folder: Path, out: Path, left_out: set[str]) -> list[dict[str, str]]:
    """Write the crop of each photo whose map shows somebody, and return its row."""
    rows = []
    (out / "photos").mkdir(parents=True, exist_ok=True)
    for path in sorted((folder / "photos").glob("*.jpg")):
        labels = folder / "labels" / f"{path.stem}.png"
        if path.name in left_out or not labels.is_file():
            continue
        box = person_box(np.asarray(Image.open(labels)) > 0)
        if box is None:
            continue
        with Image.open(path) as photo:
            crop = photo.convert("RGB").crop(box)
        size = (max(1, round(crop.width * _HEIGHT / crop.height)), _HEIGHT)
        crop.resize(size, Image.Resampling.LANCZOS).save(out / "photos" / path.name, quality=95)
        rows.append({"path": f"photos/{path.name}", "identity": f"photo {path.stem}", "clothes": "1", "split": "train"})
    return rows


def person_box(person: np.ndarray) -> tuple[int, int, int, int] | None:
    """Return left, top, right and bottom around the person's pixels, with a margin; None where there are none."""
    rows, columns = np.flatnonzero(person.any(1)), np.flatnonzero(person.any(0))
    if not len(rows):
        return None
    margin = round(_MARGIN * (rows[-1] - rows[0] + 1))
    height, width = person.shape
    return (
        max(0, int(columns[0]) - margin),
        max(0, int(rows[0]) - margin),
        min(width, int(columns[-1]) + 1 + margin),
        min(height, int(rows[-1]) + 1 + margin),
    )


def _row(record: ImageRecord, split: str) -> dict[str, str]:
    return {
        "path": str(record.image.resolve()),
        "identity": f"rendered {record.identity}",
        "camera": record.camera,
        "clothes": str(record.clothes),
        "split": split,
    }


def as_csv(rows: Sequence[dict[str, str]], columns: Sequence[str] = COLUMNS) -> str:
    """Return the text of a table; cells that a row lacks are empty.

    Args:
        rows: By the columns' names.
        columns: From left to right.
    """
    text = io.StringIO()
    table = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    main()
