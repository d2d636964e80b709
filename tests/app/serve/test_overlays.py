from extras import needs

needs("web")

import numpy as np
import pytest
from app.serve.served import heads, made_parser
from models.ready_model import ready_model

from ccreid.app.serve.overlays import LEGEND, Activation, part_pictures
from ccreid.errors import BadValueError
from ccreid.models.network import ReIDNetwork
from ccreid.parts import PALETTE, Part


def _photos() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(150, 256, (height, 20, 3), dtype=np.uint8) for height in (40, 60)]


def test_what_makes_photos_alike_lies_over_them_in_colour() -> None:
    photos = _photos()
    model = heads()
    pictures = Activation(model).pictures(photos, model.embed(photos))
    for photo, picture in zip(photos, pictures, strict=True):
        pixels = np.asarray(picture).astype(int)
        assert pixels.shape == photo.shape
        bright = pixels.sum(axis=2).mean(axis=1)
        # The model looks at the top quarter alone.
        assert bright[: len(bright) // 5].mean() > bright[len(bright) // 2 :].mean()


def test_a_model_that_cuts_out_faces_has_no_maps() -> None:
    class Faces(ReIDNetwork):
        reads_own_size = True

    with pytest.raises(BadValueError, match="no class activation maps"):
        Activation(ready_model(Faces())).pictures(_photos(), np.zeros((2, 3), np.float32))


def test_parts_lie_over_photos_in_the_legends_colours() -> None:
    (photo, _), (picture, _) = _photos(), part_pictures(_photos(), made_parser())
    expected = (photo[0].astype(int) + PALETTE[Part.HEAD]) // 2
    np.testing.assert_array_equal(np.asarray(picture)[0], expected)
    assert dict(LEGEND["parts"])["head"] == "#{:02x}{:02x}{:02x}".format(*PALETTE[Part.HEAD])
    assert len(LEGEND["parts"]) == 5
