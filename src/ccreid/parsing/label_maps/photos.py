"""A folder of photos with label maps, divided into those that a parser learns from and those that it is scored by."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ccreid.datasets.decoding import IMAGE_SUFFIXES, ImageError, image_errors, opened_image, upright_rgb
from ccreid.datasets.record import DataSetError, MissingFolderError
from ccreid.datasets.split import choose_test_people
from ccreid.parsing.label_maps.label_merge import LabelMerge, read_label_merge

HELD_OUT: Final = 0.16
"""Share of the photos that are held out where nobody says another: 111 of Clothing Co-Parsing's 692."""


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo of one person, and its map.

    Attributes:
        photo: An image file.
        labels: An index PNG of its size.
    """

    photo: Path
    labels: Path


class LabelledPhotos:
    """Photos with label maps drawn by hand.

    Files under the root::

        photos/0001.jpg          any image
        labels/0001.png          its map, an index or greyscale PNG of the same size: a label for each pixel
        labels.txt               the labels' names, line k for value k, the first one for value 0

    The held-out photos are chosen by a hash of their names, whatever the seed, so that no parser that was trained on
    this folder has seen them. Maps without a person in them are not divided but left out when they are read.

    Args:
        root: The folder.
        merge: What the labels become; see `read_label_merge`.
        held_out: Share of the photos that are scored by and not learned from, 0..1.

    Attributes:
        root: The folder.
        train: Photos to learn from.
        held_out: Photos to score by.

    Raises:
        MissingFolderError: The root, photos/, labels/ or labels.txt is missing.
        DataSetError: There are fewer than two photos with a map, or a map without a photo.
        LabelError: The merge file does not fit the labels.
        MissingFileError: There is no such merge file.
    """

    def __init__(self, root: Path, merge: Path, held_out: float = HELD_OUT) -> None:
        self.root = root
        for needed in (root / "photos", root / "labels", root / "labels.txt"):
            if not needed.exists():
                raise MissingFolderError(
                    f"{root} holds no photos with label maps, there is no {needed}: expected photos/NAME.jpg, "
                    "labels/NAME.png and labels.txt with the labels' names"
                )
        names = (root / "labels.txt").read_text(encoding="utf-8").splitlines()
        self._merge: LabelMerge = read_label_merge(merge, [name.strip() for name in names if name.strip()])
        pairs = _pairs(root)
        chosen = choose_test_people({pair.labels.stem for pair in pairs}, held_out)
        self.train: Sequence[LabelledPhoto] = [pair for pair in pairs if pair.labels.stem not in chosen]
        self.held_out: Sequence[LabelledPhoto] = [pair for pair in pairs if pair.labels.stem in chosen]

    def read(self, pair: LabelledPhoto) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Read a photo and its part map.

        Args:
            pair: One of this folder's.

        Returns:
            The photo, uint8 RGB (H, W, 3), and its map, uint8 (H, W) of parts 0..5 and `IGNORED`; background throughout
            where nobody is drawn.

        Raises:
            ImageError: A file is broken, or the map is no index PNG of the photo's size.
        """
        with opened_image(pair.photo) as image:
            photo = np.asarray(upright_rgb(image))
        with image_errors(pair.labels), Image.open(pair.labels) as image:
            mode, labels = image.mode, np.asarray(image)
        if mode not in {"P", "L"} or labels.shape != photo.shape[:2]:
            raise ImageError(
                f"{pair.labels} is a picture of mode {mode} and size {labels.shape[:2]}, expected an index or "
                f"greyscale PNG of the size {photo.shape[:2]} of {pair.photo}"
            )
        return photo, self._merge.parts(labels.astype(np.uint8))


def _pairs(root: Path) -> list[LabelledPhoto]:
    photos = {path.stem: path for path in (root / "photos").iterdir() if path.suffix.lower() in IMAGE_SUFFIXES}
    maps = sorted(path for path in (root / "labels").iterdir() if path.suffix.lower() == ".png")
    alone = [path for path in maps if path.stem not in photos]
    if alone:
        raise DataSetError(
            f"{alone[0]} has no photo, as {len(alone)} of {len(maps)} maps: add it under {root / 'photos'}"
        )
    if len(maps) < 2:
        raise DataSetError(f"{root / 'labels'} holds {len(maps)} maps, expected PNGs for at least two photos")
    return [LabelledPhoto(photos[path.stem], path) for path in maps]
