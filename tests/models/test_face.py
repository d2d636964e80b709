import numpy as np
import torch
from models.drawn_face import walker_with_a_face
from numpy.typing import NDArray

from ccreid.augment import Normalise
from ccreid.models import Face
from ccreid.models.folding import for_inference


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


def test_people_with_a_face_are_told_from_those_without() -> None:
    model = Face()
    walker = torch.from_numpy(walker_with_a_face().copy()).permute(2, 0, 1)
    images = Normalise()(torch.stack([walker, walker.flip(1)]))
    feature = for_inference(model, images[:1])(images).feature
    assert feature.any(1).tolist() == [True, False]
    assert not list(model.parameters())
