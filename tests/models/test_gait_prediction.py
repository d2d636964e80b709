import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from models.walking import walking

from ccreid.models.gait_prediction import FRAMES, OWN, GaitPrediction, WalkWindow, frame_loss


@pytest.mark.parametrize("size", [(64, 44), (32, 22), (16, 11)])
def test_the_frames_have_the_silhouettes_size(size: tuple[int, int]) -> None:
    frames = GaitPrediction().eval()(torch.rand(2, *size))
    assert frames.shape == (2, FRAMES, *size)
    assert ((frames >= 0) & (frames <= 1)).all()


def test_it_is_the_published_auto_encoder() -> None:
    shapes = [tuple(layer.weight.shape[:2]) for layer in GaitPrediction().modules() if hasattr(layer, "kernel_size")]
    assert shapes == [(64, 1), (128, 64), (256, 128), (512, 256), (512, 256), (256, 128), (128, 64), (64, FRAMES)]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 3))
def test_the_loss_compares_what_is_known_and_holds_the_mean_elsewhere(seed: int, count: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    predicted, truth = torch.rand(2, count, FRAMES, 3, 2, generator=generator)
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
    assert float(frame_loss(predicted, WalkWindow(truth, known))) == pytest.approx(
        total / (count * FRAMES * 3 * 2), rel=1e-4
    )


def test_it_learns_how_a_walk_goes_on() -> None:
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
