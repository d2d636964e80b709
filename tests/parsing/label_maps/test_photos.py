import shutil
from pathlib import Path

import numpy as np
import pytest
from parsing.label_maps.made_photos import make_photos
from PIL import Image

from ccreid.datasets.decoding import ImageError
from ccreid.datasets.record import DataSetError, MissingFolderError
from ccreid.parsing.label_maps.photos import LabelledPhotos
from ccreid.parts import IGNORED, Part


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_photos(tmp_path / "photos")


def _open(root: Path, held_out: float = 0.34) -> LabelledPhotos:
    return LabelledPhotos(root, root / "merge.yaml", held_out)


def test_photos_are_learned_from_or_held_out_never_both_and_by_their_names_alone(root: Path, tmp_path: Path) -> None:
    photos = _open(root)
    assert len(photos.held_out) == 2
    assert len(photos.train) == 4
    assert not {pair.photo for pair in photos.train} & {pair.photo for pair in photos.held_out}
    shutil.copytree(root, tmp_path / "elsewhere")
    assert [p.photo.name for p in _open(tmp_path / "elsewhere").held_out] == [p.photo.name for p in photos.held_out]


def test_a_photo_comes_with_its_map_of_parts(root: Path) -> None:
    photos = _open(root)
    image, parts = photos.read(photos.train[0])
    assert image.shape == (80, 40, 3)
    assert image.dtype == parts.dtype == np.uint8
    assert set(np.unique(parts)) == {*Part, IGNORED}


def test_a_map_without_a_person_is_background(root: Path) -> None:
    photos = _open(root)
    Image.new("L", (40, 80)).save(photos.train[0].labels)
    assert not photos.read(photos.train[0])[1].any()


@pytest.mark.parametrize("missing", ["photos", "labels", "labels.txt"])
def test_what_is_missing_is_named(root: Path, missing: str) -> None:
    (root / missing).rename(root / "away")
    with pytest.raises(MissingFolderError, match=f"there is no .*{missing}"):
        _open(root)


def test_a_map_without_a_photo_is_named(root: Path) -> None:
    (root / "photos" / "0003.jpg").unlink()
    with pytest.raises(DataSetError, match=r"0003\.png has no photo, as 1 of 6 maps"):
        _open(root)


def test_too_few_maps_are_refused(root: Path) -> None:
    for path in list((root / "labels").iterdir())[1:]:
        path.unlink()
    with pytest.raises(DataSetError, match="holds 1 maps, expected PNGs for at least two photos"):
        _open(root)


@pytest.mark.parametrize("picture", [Image.new("L", (40, 79)), Image.new("RGB", (40, 80))])
def test_a_map_that_does_not_fit_is_named(root: Path, picture: Image.Image) -> None:
    photos = _open(root)
    picture.save(photos.train[0].labels)
    with pytest.raises(ImageError, match=rf"{photos.train[0].labels.name} is a picture of mode"):
        photos.read(photos.train[0])


def test_a_broken_map_is_named(root: Path) -> None:
    photos = _open(root)
    photos.train[0].labels.write_bytes(b"no picture")
    with pytest.raises(ImageError, match=photos.train[0].labels.name):
        photos.read(photos.train[0])
