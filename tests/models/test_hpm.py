import pytest
import torch
from closeness import assert_close
from torch import nn

from ccreid.models import HPM


@pytest.fixture
def model() -> HPM:
    torch.manual_seed(0)
    return HPM(7, "resnet18").eval()


def _on_maps(model: HPM) -> HPM:
    """Take the backbone away, so that the model takes feature maps (B, 512, h, w)."""
    model.backbone = nn.Identity()  # type: ignore[assignment]
    return model


def test_it_has_fifteen_heads_of_256(model: HPM) -> None:
    output = model(torch.randn(2, 3, 128, 32))
    assert [logits.shape for logits in output.logits] == [(2, 7)] * 15
    assert [embedding.shape for embedding in output.embeddings] == [(2, 256)] * 15
    assert torch.equal(output.feature, torch.cat(output.embeddings, dim=1))
    assert output.feature.shape == (2, 3840)


@pytest.mark.parametrize(
    ("row", "heads"),
    # Of 16 rows: the whole, then halves of 8 rows, quarters of 4 and eighths of 2.
    [(0, {0, 1, 3, 7}), (3, {0, 1, 3, 8}), (8, {0, 2, 5, 11}), (15, {0, 2, 6, 14})],
)
def test_a_row_belongs_to_one_stripe_of_each_height(model: HPM, row: int, heads: set[int]) -> None:
    model = _on_maps(model)
    before = torch.randn(1, 512, 16, 8)
    after = before.clone()
    after[:, :, row] += 5  # above every other value, so that each maximum over this row changes
    pairs = enumerate(zip(model(before).logits, model(after).logits, strict=True))
    assert {head for head, (old, new) in pairs if not torch.equal(old, new)} == heads


def test_a_stripe_is_pooled_by_its_maximum(model: HPM) -> None:
    model = _on_maps(model)
    feature_map = torch.randn(2, 512, 16, 8)
    maximum = feature_map[:, :, 4:8].reshape(2, 512, 32).max(dim=2).values
    assert_close(model(feature_map).embeddings[4], model.reductions[4](maximum), terms=512)


def test_no_two_stripes_share_weights(model: HPM) -> None:
    weights = [weight.data_ptr() for module in (model.reductions, model.classifiers) for weight in module.parameters()]
    assert len(weights) == len(set(weights)) == 15 * 4
