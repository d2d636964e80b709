import numpy as np
import pytest
from explain.six_part_parser import Stripes, six_part_parser
from models.ready_model import ready_model
from torch import Tensor

from ccreid.explain.compared_parts import GREY, ComparedParts, compare_parts
from ccreid.models.network import ReIDNetwork, ReIDOutput
from ccreid.parts import Part

SEEN = (Part.BACKGROUND, Part.HEAD, Part.UPPER_CLOTHES, Part.PANTS)


def _person(
    head: tuple[int, int, int], upper: tuple[int, int, int], lower: tuple[int, int, int] = (30, 30, 30)
) -> np.ndarray:
    pixels = np.full((32, 16, 3), 60, np.uint8)
    pixels[:8] = head
    pixels[8:16, 4:-4] = upper
    pixels[16:, 4:-4] = lower
    return pixels


def _compare(network: ReIDNetwork, one: np.ndarray, other: np.ndarray) -> ComparedParts:
    return compare_parts(ready_model(network.eval()), one, other, six_part_parser())


def test_a_model_that_looks_at_heads_alone_has_nothing_to_say_of_other_parts() -> None:
    compared = _compare(Stripes(1, 0, 0), _person((220, 40, 40), (0, 0, 255)), _person((200, 60, 50), (255, 255, 0)))
    assert compared.similarity > 0.9
    assert (compared.added[:, Part.HEAD] > 0.5).all()
    assert compared.added[:, [Part.BACKGROUND, Part.UPPER_CLOTHES, Part.PANTS]] == pytest.approx(0, abs=1e-6)


def test_what_differs_speaks_against_and_what_is_alike_for_one_person() -> None:
    compared = _compare(Stripes(1, 1, 1), _person((220, 40, 40), (0, 0, 255)), _person((220, 40, 40), (255, 255, 0)))
    assert (compared.added[:, Part.HEAD] > 0.1).all()
    assert (compared.added[:, Part.UPPER_CLOTHES] < -0.1).all()


def test_a_part_s_number_is_the_similarity_less_that_without_it() -> None:
    one, other = _person((220, 40, 40), (0, 0, 255), (90, 10, 200)), _person((190, 90, 40), (255, 255, 0))
    compared = _compare(Stripes(1, 0.5, 0.7), one, other)
    model = ready_model(Stripes(1, 0.5, 0.7).eval())
    for photo, (masked, kept) in enumerate(((one, other), (other, one))):
        for part in SEEN:
            without = masked.copy()
            without[compared.parts[photo] == part] = GREY
            features = model.embed([without, kept])
            expected = compared.similarity - float(model.similarity(features[:1], features[1:])[0, 0])
            assert compared.added[photo, part] == pytest.approx(expected, abs=1e-6)


def test_a_part_that_a_photo_does_not_show_has_no_number() -> None:
    compared = _compare(Stripes(1, 1, 1), _person((220, 40, 40), (0, 0, 255)), _person((220, 40, 40), (255, 255, 0)))
    assert np.isnan(compared.added[:, [Part.ARMS, Part.LEGS]]).all()
    assert not np.isnan(compared.added[:, SEEN]).any()
    assert compared.area.sum(axis=1) == pytest.approx([1, 1])
    assert compared.area[:, Part.HEAD] == pytest.approx([0.25, 0.25])


def test_photos_keep_their_own_sizes() -> None:
    small, large = _person((220, 40, 40), (0, 0, 255)), _person((200, 60, 50), (255, 255, 0)).repeat(2, 0).repeat(3, 1)
    compared = _compare(Stripes(1, 1, 1), small, large)
    assert [image.shape for image in compared.images] == [(32, 16, 3), (64, 48, 3)]
    assert [parts.shape for parts in compared.parts] == [(32, 16), (64, 48)]
    assert (compared.images[1] == large).all()


class HeadByMap(ReIDNetwork):
    """Its feature is the sum of the colours of the head, which the part map shows it."""

    reads_parts = "always"

    def forward(self, images: Tensor, parts: Tensor) -> ReIDOutput:
        return ReIDOutput((), (), (images * (parts == Part.HEAD)[:, None]).sum((2, 3)) + 0.01)


def test_a_model_that_reads_part_maps_gets_them() -> None:
    compared = _compare(HeadByMap(), _person((220, 40, 40), (0, 0, 255)), _person((200, 60, 50), (255, 255, 0)))
    assert (compared.added[:, Part.HEAD] > 0.1).all()
    assert compared.added[:, [Part.BACKGROUND, Part.UPPER_CLOTHES]] == pytest.approx(0, abs=1e-6)
