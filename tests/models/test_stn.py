import pytest
import torch
from closeness import assert_close, summed_terms
from torch import Tensor

from ccreid.models import STN, Baseline
from ccreid.models.stn import SpatialTransformer


@pytest.fixture
def images() -> Tensor:
    return torch.randn(2, 3, 48, 24, generator=torch.Generator().manual_seed(0))


def _set_change(transformer: SpatialTransformer, *change: float) -> None:
    """Make the transformer add this to the identity, whatever it sees."""
    with torch.no_grad():
        transformer.affine.weight.zero_()
        transformer.affine.bias.copy_(torch.tensor(change))


def _assert_sampled(got: Tensor, expected: Tensor) -> None:
    assert_close(got, expected, terms=4, scale=48 * float(expected.abs().max()))


def test_it_starts_as_the_identity(images: Tensor) -> None:
    transformer = SpatialTransformer()
    assert torch.equal(transformer.theta(images), torch.eye(2, 3).expand(2, 2, 3))
    _assert_sampled(transformer(images), images)


def test_it_starts_as_the_baseline(images: Tensor) -> None:
    torch.manual_seed(0)
    baseline = Baseline(7, "resnet18").eval()
    model = STN(7, "resnet18").eval()
    model.load_state_dict({**model.state_dict(), **baseline.state_dict()})
    # A place is off by up to 48 eps, as after 48 x 48 roundings.
    assert_close(model(images).feature, baseline(images).feature, terms=summed_terms(baseline) + 48**2)


def test_a_shift_moves_the_image_and_leaves_zero_behind(images: Tensor) -> None:
    transformer = SpatialTransformer()
    _set_change(transformer, 0, 0, 0, 0, 0, 2 * 6 / 48)  # look 6 of 48 rows further down
    moved = transformer(images)
    _assert_sampled(moved[:, :, :-6], images[:, :, 6:])
    assert not moved[:, :, -6:].any()


def test_a_turned_map_turns_the_image_about_its_middle(images: Tensor) -> None:
    transformer = SpatialTransformer()
    _set_change(transformer, -2, 0, 0, 0, -2, 0)
    _assert_sampled(transformer(images), images.flip(2, 3))


def test_what_it_sees_decides_where_it_looks(images: Tensor) -> None:
    torch.manual_seed(0)
    transformer = SpatialTransformer()
    torch.nn.init.normal_(transformer.affine.weight)
    first, second = transformer.theta(images)
    assert (first - second).abs().max() > 0.01


def test_the_maps_learn_at_a_hundredth_of_the_pace(images: Tensor) -> None:
    transformer = SpatialTransformer()
    transformer.theta(images).sum().backward()
    assert transformer.affine.bias.grad is not None
    assert_close(transformer.affine.bias.grad, torch.full((6,), 0.01 * len(images)), terms=len(images))


def test_positions_keep_their_precision_under_autocast(images: Tensor) -> None:
    transformer = SpatialTransformer()
    _set_change(transformer, 0, 0, 2 * 1 / 24, 0, 0, 0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        moved = transformer(images)
    _assert_sampled(moved[..., :-1], images[..., 1:])
