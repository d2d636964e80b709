import pytest
import torch
from closeness import assert_close
from torch import Tensor, nn

from ccreid.models import PCB


@pytest.fixture
def model() -> PCB:
    torch.manual_seed(0)
    return PCB(7, "resnet18").eval()


def _on_maps(model: PCB) -> PCB:
    """Take the backbone away, so that the model takes feature maps (B, 512, h, w)."""
    model.backbone = nn.Identity()  # type: ignore[assignment]
    return model


def test_it_has_six_classifiers_and_one_embedding_of_all_stripes(model: PCB) -> None:
    output = model(torch.randn(2, 3, 96, 32))
    assert [logits.shape for logits in output.logits] == [(2, 7)] * 6
    assert [embedding.shape for embedding in output.embeddings] == [(2, 6 * 512)]
    assert output.feature.shape == (2, 6 * 512)


def test_the_feature_is_each_stripes_mean_scaled_to_length_one(model: PCB) -> None:
    feature_map = torch.randn(2, 512, 12, 4)
    feature = _on_maps(model)(feature_map).feature.reshape(2, 512, 6)
    for image in range(2):
        for stripe in range(6):
            mean = feature_map[image, :, 2 * stripe : 2 * stripe + 2].reshape(512, 8).mean(1)
            assert_close(feature[image, :, stripe], mean / mean.norm(), terms=8 + 512)


@pytest.mark.parametrize("stripe", range(6))
def test_a_stripes_rows_decide_its_own_logits_alone(model: PCB, stripe: int) -> None:
    model = _on_maps(model)
    before = torch.randn(1, 512, 12, 4)
    after = before.clone()
    after[:, :, 2 * stripe : 2 * stripe + 2] += torch.randn(1, 512, 2, 4)
    pairs = zip(model(before).logits, model(after).logits, strict=True)
    assert [not torch.equal(old, new) for old, new in pairs] == [index == stripe for index in range(6)]


def _zeros(values: Tensor) -> float:
    return float((values == 0).float().mean())


def test_half_of_the_pooled_feature_is_dropped_in_training_and_nothing_after(model: PCB) -> None:
    model = _on_maps(model)
    feature_map = torch.rand(4, 512, 12, 4) + 1
    assert 0.4 < _zeros(model.train()(feature_map).feature) < 0.6
    assert _zeros(model.eval()(feature_map).feature) == 0


def test_the_six_stripes_share_one_reduction(model: PCB) -> None:
    model = _on_maps(model).train()
    model.dropout.p = 0.0
    feature_map = torch.randn(3, 512, 12, 4)
    model(feature_map)
    pooled = torch.stack([feature_map[:, :, 2 * i : 2 * i + 2].mean(dim=(2, 3)) for i in range(6)])
    linear, norm = model.reduction[0], model.reduction[1]
    reduced = linear(pooled.reshape(18, 512))
    assert_close(norm.running_mean, 0.1 * reduced.mean(0), terms=8 + 512 + 18, scale=0.1 * float(reduced.abs().max()))
    assert int(norm.num_batches_tracked) == 1
