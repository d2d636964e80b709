import math

import pytest
import torch
from closeness import assert_close, rounding, summed_terms
from hypothesis import given, settings
from hypothesis import strategies as st
from models.walking import walking
from torch import Tensor
from torch.nn import functional

from ccreid.losses import BatchHardTriplet, IdentityLoss, TotalLoss
from ccreid.models.gi_reid import (
    BINS,
    FRAMES,
    OWN,
    SCALES,
    GaitPrediction,
    GaitSet,
    GIReID,
    SemanticConsistency,
    frame_loss,
    generalised_mean,
    horizontal_pyramid,
    mean_discrepancy,
)
from ccreid.models.network import WalkWindow


@pytest.fixture
def model() -> GIReID:
    torch.manual_seed(0)
    return GIReID(4, "resnet18")


def _images(count: int) -> Tensor:
    return torch.randn(count, 3, 48, 24, generator=torch.Generator().manual_seed(0))


def _walk(count: int) -> WalkWindow:
    silhouettes = torch.stack([walking(0.4 * image, frames=FRAMES) for image in range(count)])
    return WalkWindow(silhouettes, torch.ones(count, FRAMES, dtype=torch.bool))


def test_the_feature_is_the_image_streams_alone(model: GIReID) -> None:
    model.eval()
    alone, beside = model(_images(2)), model(_images(2), _walk(2))
    assert torch.equal(alone.feature, beside.feature)
    assert alone.feature.shape == (2, 256)
    assert torch.equal(alone.logits[0], beside.logits[0])
    assert not alone.auxiliary


def test_training_has_both_streams_and_the_losses_between_them(model: GIReID) -> None:
    output = model.train()(_images(4), _walk(4))
    assert [tuple(embedding.shape) for embedding in output.embeddings] == [(4, 256), (4, 256), (4, 62 * 256)]
    assert [tuple(logits.shape) for logits in output.logits] == [(4, 4)] * 2
    assert output.auxiliary.keys() == {"frames", "semantics"}
    assert all(loss.ndim == 0 and loss.isfinite() for loss in output.auxiliary.values())


def test_stripes_are_as_far_apart_as_the_root_mean_square_of_their_directions_distances(model: GIReID) -> None:
    model.eval()
    walk = _walk(2)
    stripes = model.gait_set(model.prediction(walk.silhouettes[:, 3])).detach()
    squares = [float((one / one.norm() - two / two.norm()).square().sum()) for one, two in zip(*stripes, strict=True)]
    one, two = model(_images(2), walk).embeddings[2].detach()
    # What is left of directions of length 1 is a small difference.
    expected = math.sqrt(sum(squares) / 62)
    assert float((one - two).norm()) == pytest.approx(expected, abs=rounding(1, terms=summed_terms(model.gait_set)))


@pytest.mark.slow
def test_training_lowers_every_loss(model: GIReID) -> None:
    images, walk, labels = _images(8), _walk(8), torch.arange(8) // 2
    total = TotalLoss(IdentityLoss(), BatchHardTriplet())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    history = []
    for _ in range(15):
        output = model(images, walk)
        losses = total(output.logits, output.embeddings, labels, auxiliary=output.auxiliary)
        history.append({name: float(loss.detach()) for name, loss in losses.by_name().items()})
        optimizer.zero_grad()
        losses.total.backward()
        optimizer.step()
    assert history[0].keys() == {"total", "identity", "triplet", "frames", "semantics"}
    for name, before in history[0].items():
        assert history[-1][name] < before, name


def test_before_training_the_sum_of_the_streams_is_the_image_stream(model: GIReID) -> None:
    embedding, both, _ = model(_images(4), _walk(4)).embeddings
    assert torch.equal(embedding, both)


def test_the_gait_stream_teaches_the_image_stream(model: GIReID) -> None:
    output = model(_images(4), _walk(4))
    output.auxiliary["semantics"].backward()
    assert model.reduction.weight.grad is not None
    assert model.reduction.weight.grad.any()
    assert next(model.backbone.parameters()).grad is not None


@pytest.mark.parametrize("size", [(64, 44), (32, 22), (16, 11)])
def test_the_frames_have_the_silhouettes_size(size: tuple[int, int]) -> None:
    frames = GaitPrediction().eval()(torch.rand(2, *size))
    assert frames.shape == (2, FRAMES, *size)
    assert ((frames >= 0) & (frames <= 1)).all()


def test_the_prediction_is_the_published_auto_encoder() -> None:
    shapes = [tuple(layer.weight.shape[:2]) for layer in GaitPrediction().modules() if hasattr(layer, "kernel_size")]
    assert shapes == [(64, 1), (128, 64), (256, 128), (512, 256), (512, 256), (256, 128), (128, 64), (64, FRAMES)]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 3))
def test_the_frame_loss_compares_what_is_known_and_holds_the_mean_elsewhere(seed: int, count: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    predicted, truth = torch.rand(2, count, FRAMES, 3, 2, generator=generator, dtype=torch.float64)
    known = torch.rand(count, FRAMES, generator=generator) < 0.5
    total = 0.0
    for image in range(count):
        for frame in range(FRAMES):
            for row in range(3):
                for column in range(2):
                    guess = float(predicted[image, frame, row, column])
                    true = float(truth[image, frame, row, column])
                    if not known[image, frame]:
                        guess = sum(float(predicted[image, other, row, column]) for other in range(FRAMES)) / FRAMES
                        true = float(truth[image, OWN, row, column])
                    total += abs(guess - true)
    assert float(frame_loss(predicted, WalkWindow(truth, known))) == pytest.approx(total / (count * FRAMES * 3 * 2))


@pytest.mark.slow
def test_the_prediction_learns_how_a_walk_goes_on() -> None:
    torch.manual_seed(0)
    # Legs that part look like legs that come together, so there are phases of a quarter of the cycle only.
    truth = torch.stack([walking(math.pi * (0.05 + 0.4 * step / 7)) for step in range(8)])
    window = WalkWindow(truth, torch.ones(8, FRAMES, dtype=torch.bool))
    network = GaitPrediction()
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0, momentum=0.9)
    for _ in range(60):
        loss = frame_loss(network(truth[:, OWN]), window)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    copied = frame_loss(truth[:, OWN : OWN + 1].expand_as(truth), window)
    assert loss < 0.75 * copied


def _plain_pyramid(maps: Tensor) -> Tensor:
    count, channels, height, width = maps.shape
    bins = torch.zeros(count, sum(SCALES), channels, dtype=maps.dtype)
    for image in range(count):
        for channel in range(channels):
            place = 0
            for scale in SCALES:
                for stripe in range(scale):
                    begin, end = stripe * height // scale, -(-(stripe + 1) * height // scale)
                    inside = [
                        float(maps[image, channel, row, column]) for row in range(begin, end) for column in range(width)
                    ]
                    bins[image, place, channel] = sum(inside) / len(inside) + max(inside)
                    place += 1
    return bins


@pytest.mark.parametrize("height", [16, 8, 5])
def test_the_pyramids_stripes_are_mean_plus_maximum(height: int) -> None:
    maps = torch.randn(2, 3, height, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert_close(horizontal_pyramid(maps), _plain_pyramid(maps), terms=4 * height)


def _walks(count: int, frames: int, seed: int) -> Tensor:
    return torch.rand(count, frames, 16, 11, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(st.permutations(range(5)), st.integers(0, 100))
def test_the_order_of_a_walks_frames_does_not_matter(order: list[int], seed: int) -> None:
    torch.manual_seed(seed)
    network, walks = GaitSet(8).double(), _walks(2, 5, seed)
    assert_close(network(walks[:, order]), network(walks), terms=summed_terms(network))


def test_a_frame_seen_twice_counts_once() -> None:
    network, walks = GaitSet(8).double(), _walks(2, 3, 0)
    assert_close(network(walks[:, [0, 1, 2, 1]]), network(walks), terms=summed_terms(network))


def test_a_further_frame_changes_the_features() -> None:
    network, walks = GaitSet(8).double(), _walks(2, 3, 0)
    assert (network(walks[:, :2]) - network(walks)).abs().max() > 0.01


def test_each_walk_has_62_stripes_of_its_own() -> None:
    network, walks = GaitSet(256).double().eval(), _walks(3, 4, 0)
    features = network(walks)
    assert features.shape == (3, BINS, 256)
    assert BINS == 62
    assert_close(network(walks[1:2])[0], features[1], terms=summed_terms(network))


def test_the_generalised_mean_is_the_cube_root_of_the_mean_cube_of_what_is_positive() -> None:
    got = generalised_mean(torch.tensor([[[1.0, -2.0], [2.0, -1.0], [-5.0, -1.0]]]))
    # The derivative of the root is infinite at 0, so nothing is below a millionth.
    assert got.tolist()[0] == pytest.approx([3 ** (1 / 3), 1e-6], abs=rounding(3 ** (1 / 3), terms=3))


def _kernel(first: list[float], second: list[float]) -> float:
    square = sum((one - two) ** 2 for one, two in zip(first, second, strict=True))
    return sum(math.exp(-square / (2 * sigma**2)) for sigma in (0.001, 0.01, 0.05, 0.1, 0.2, 1, 2))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_the_discrepancy_compares_all_pairs(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    # In float32, differences are not known well enough for the narrowest kernels, of a width of a thousandth.
    first, second = (
        functional.normalize(torch.randn(4, 3, generator=generator, dtype=torch.float64)) for _ in range(2)
    )
    ones, twos = first.tolist(), second.tolist()
    expected = sum(
        _kernel(ones[i], ones[j]) + _kernel(twos[i], twos[j]) - 2 * _kernel(ones[i], twos[j])
        for i in range(4)
        for j in range(4)
    )
    assert float(mean_discrepancy(first, second)) == pytest.approx(expected / 16)


def test_samples_of_one_distribution_do_not_differ_in_whatever_order() -> None:
    sample = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    # The mean over 36 pairs of seven kernels, each up to 1.
    assert float(mean_discrepancy(sample, sample.flip(0))) == pytest.approx(0, abs=rounding(7, terms=36))
    assert float(mean_discrepancy(sample, sample + 3)) > 1


@pytest.mark.slow
def test_learning_brings_the_streams_together() -> None:
    torch.manual_seed(0)
    consistency = SemanticConsistency(8)
    first, second = torch.randn(2, 12, 8)
    # At 0.1 one start in twenty diverges; which one, the order of the sums decides.
    optimizer = torch.optim.SGD(consistency.parameters(), lr=0.03, momentum=0.9)
    losses = []
    for _ in range(300):
        loss = consistency(first, second)
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < losses[0] * 2 / 3  # the worst of 25 starts ends at 0.61
