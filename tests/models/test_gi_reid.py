import math

import pytest
import torch
from models.walking import walking
from torch import Tensor

from ccreid.losses import BatchHardTriplet, IdentityLoss, TotalLoss
from ccreid.models.gait_prediction import FRAMES, WalkWindow
from ccreid.models.gi_reid import GIReID, generalised_mean


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
    assert float((one - two).norm()) == pytest.approx(math.sqrt(sum(squares) / 62), rel=1e-3)


def test_the_generalised_mean_is_the_cube_root_of_the_mean_cube_of_what_is_positive() -> None:
    got = generalised_mean(torch.tensor([[[1.0, -2.0], [2.0, -1.0], [-5.0, -1.0]]]))
    assert got.tolist()[0] == pytest.approx([3 ** (1 / 3), 0], abs=1e-5)


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
