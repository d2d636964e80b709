import torch
from closeness import assert_close
from hypothesis import given
from hypothesis import strategies as st

from ccreid.augment import IMAGENET_MEAN, IMAGENET_STD, Normalise
from ccreid.models.backbones.input_scale import InputScale

_colours = st.tuples(*[st.floats(0.1, 0.9)] * 3)


@given(_colours, _colours, st.integers(0, 99))
def test_it_normalises_as_if_from_the_raw_image(mean: tuple[float, ...], std: tuple[float, ...], seed: int) -> None:
    raw = torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(seed))
    expected = (raw - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]
    # Four roundings of pixels, whose largest is 1, divided by the deviation.
    assert_close(InputScale(mean, std)(Normalise()(raw)), expected, terms=4, scale=1 / min(std))


def test_imagenets_own_values_change_nothing() -> None:
    images = torch.randn(1, 3, 4, 4)
    assert torch.equal(InputScale(IMAGENET_MEAN, IMAGENET_STD)(images), images)


def test_it_adds_nothing_to_a_state_dict() -> None:
    assert not InputScale((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)).state_dict()
