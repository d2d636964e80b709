import math

import pytest
import torch
from closeness import assert_close, summed_terms
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from ccreid.models import SPT
from ccreid.models.spt import KNOTS, RADIUS, RANGES, AngleExtractor, PolarSampling


def _model() -> SPT:
    torch.manual_seed(0)
    return SPT(7, "resnet18").eval()


@pytest.mark.slow
def test_three_streams_have_an_embedding_and_logits_each() -> None:
    output = _model()(torch.randn(2, 3, 64, 32))
    assert [embedding.shape for embedding in output.embeddings] == [(2, 1024), (2, 512), (2, 512)]
    assert [logits.shape for logits in output.logits] == [(2, 7)] * 3
    assert output.feature.shape == (2, 2048)
    lengths = [part.norm(dim=1) for part in output.feature.split([1024, 512, 512], dim=1)]
    assert_close(torch.stack(lengths), torch.ones(3, 2), terms=1024)


@pytest.mark.slow
def test_the_streams_see_the_whole_the_upper_and_the_lower_body() -> None:
    model = _model()
    images = torch.randn(1, 3, 64, 32)
    before = model(images).embeddings
    images[:, :, 48:] += 1  # the feet
    changed = [not torch.equal(old, new) for old, new in zip(before, model(images).embeddings, strict=True)]
    assert changed == [True, False, True]


@pytest.mark.slow
def test_the_unrolled_images_make_three_backbones_cost_as_much_as_two() -> None:
    assert sum(angles.height for angles in RANGES) == 2
    assert sum(angles.stop - angles.start for angles in RANGES) == 3 * math.pi
    shapes = []
    model = _model()
    for stream in model.streams:
        stream.backbone.register_forward_pre_hook(lambda _, inputs: shapes.append(tuple(inputs[0].shape)))
    model(torch.randn(1, 3, 65, 32))
    assert shapes == [(1, 3, 65, 32), (1, 3, 33, 32), (1, 3, 33, 32)]


def _learned(start: float = -math.pi, stop: float = math.pi, seed: int = 0) -> PolarSampling:
    """Return a sampling whose angles are no longer evenly spaced."""
    sampling = PolarSampling(start, stop)
    with torch.no_grad():
        sampling.log_steps.normal_(generator=torch.Generator().manual_seed(seed))
    return sampling


def _slow_angles(sampling: PolarSampling, count: int) -> list[float]:
    """Walk the learned steps one after the other."""
    steps = [math.exp(value) for value in sampling.log_steps.tolist()]
    angles = []
    for row in range(count):
        place = (row + 0.5) * KNOTS / count
        walked = sum(steps[: int(place)]) + (place - int(place)) * steps[int(place)]
        angles.append(sampling.start + (sampling.stop - sampling.start) * walked / sum(steps))
    return angles


def _slow_unrolled(sampling: PolarSampling, image: Tensor, rows: int, columns: int) -> Tensor:
    """Sample one image (C, H, W) point by point."""
    channels, height, width = image.shape
    out = torch.zeros(channels, rows, columns)
    for i, angle in enumerate(_slow_angles(sampling, rows)):
        for j in range(columns):
            radius = RADIUS * (j + 0.5) / columns
            # From -1..1 across the image to pixels, whose centres are half a pixel inside.
            x = (radius * math.cos(angle) + 1) / 2 * width - 0.5
            y = (radius * math.sin(angle) + 1) / 2 * height - 0.5
            x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
            for v in range(height):
                for u in range(width):
                    out[:, i, j] += image[:, v, u] * max(0, 1 - abs(x - u)) * max(0, 1 - abs(y - v))
    return out


@pytest.mark.slow
@pytest.mark.parametrize(("start", "stop"), [(-math.pi, math.pi), (math.pi / 4, 3 * math.pi / 4)])
def test_the_sampling_is_that_of_a_loop_over_points(start: float, stop: float) -> None:
    sampling = _learned(start, stop)
    images = torch.randn(2, 3, 12, 7, generator=torch.Generator().manual_seed(1))
    unrolled = sampling(images, 9, 6)
    assert unrolled.shape == (2, 3, 9, 6)
    for image, got in zip(images, unrolled, strict=True):
        # Places are the sum of up to all learned steps.
        expected = _slow_unrolled(sampling, image, 9, 6)
        assert_close(got, expected, terms=KNOTS, scale=12 * float(images.abs().max()))


@given(st.integers(1, 200), st.integers(0, 5))
def test_angles_grow_within_their_range(count: int, seed: int) -> None:
    angles = _learned(-1.0, 2.0, seed).angles(count)
    assert angles.shape == (count,)
    assert angles.min() > -1
    assert angles.max() < 2
    assert (angles.diff() > 0).all()


def test_angles_start_evenly_spaced() -> None:
    angles = PolarSampling(-math.pi, math.pi).angles(8)
    assert_close(angles, [(2 * k + 1) / 8 * math.pi - math.pi for k in range(8)], terms=KNOTS)


@pytest.mark.parametrize("count", [KNOTS, 24, 130])
def test_angles_are_those_of_a_walk_over_the_steps(count: int) -> None:
    sampling = _learned()
    assert_close(sampling.angles(count), _slow_angles(sampling, count), terms=KNOTS)


def test_the_range_around_half_pi_shows_what_is_below_the_centre() -> None:
    image = torch.zeros(1, 1, 32, 16)
    image[:, :, 24:] = 1
    below = PolarSampling(math.pi / 4, 3 * math.pi / 4)(image, 8, 16)
    above = PolarSampling(-3 * math.pi / 4, -math.pi / 4)(image, 8, 16)
    assert not above.any()
    assert not below[..., 0].any()  # the centre
    assert_close(below[..., -1], torch.ones(1, 1, 8), terms=4)


def test_the_angles_learn_where_lines_are() -> None:
    image = torch.rand(1, 1, 24, 16, generator=torch.Generator().manual_seed(0))
    sampling = PolarSampling(-math.pi, math.pi)
    before = sampling(image, 32, 16).mean()
    before.backward()
    assert sampling.log_steps.grad is not None
    with torch.no_grad():
        sampling.log_steps += 5 * sampling.log_steps.grad / sampling.log_steps.grad.norm()
    assert sampling(image, 32, 16).mean() > before


def test_sampled_positions_keep_their_precision_under_autocast() -> None:
    sampling, images = _learned(), torch.randn(1, 3, 64, 32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = sampling(images, 40, 32)
    assert torch.equal(cast, sampling(images, 40, 32))


def _extractor() -> AngleExtractor:
    torch.manual_seed(0)
    extractor = AngleExtractor(32, 4)
    for module in extractor.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            torch.nn.init.normal_(module.running_mean)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    return extractor.eval()


def test_each_stripe_has_a_column_of_its_own() -> None:
    extractor = _extractor()
    feature_map = torch.randn(2, 32, 8, 3)
    before = extractor(feature_map)
    assert before.shape == (2, extractor.width) == (2, 1024)
    feature_map[:, :, 2:4] += 1
    changed = (extractor(feature_map) != before).unflatten(1, (4, 256)).any(dim=2)
    assert changed.tolist() == [[False, True, False, False]] * 2


def test_a_column_weighs_shares_and_shortcuts() -> None:
    extractor = _extractor()
    feature_map = torch.randn(2, 32, 8, 3)
    with torch.no_grad():
        columns = []
        for stripe in range(4):
            pooled = feature_map[:, :, 2 * stripe : 2 * stripe + 2].mean(dim=(2, 3))
            squeeze, _, excite, _ = extractor.weighing[stripe]
            weights = torch.sigmoid(excite(torch.relu(squeeze(pooled))))
            columns.append(extractor.reductions[stripe](pooled + extractor.shared(weights * pooled)))
        assert_close(extractor(feature_map), torch.cat(columns, dim=1), terms=summed_terms(extractor))
