from pathlib import Path

import pytest
import torch
from closeness import assert_close
from torch import nn

from ccreid.models import MGN
from ccreid.models.backbones.build import UnknownBackboneError
from ccreid.models.backbones.resnet import ResNet


@pytest.fixture
def model() -> MGN:
    torch.manual_seed(0)
    return MGN(7, "resnet18").eval()


def _on_maps(model: MGN) -> MGN:
    """Take trunk and branches away, so that the model takes one feature map (B, 512, h, w) for all branches."""
    model.trunk = nn.Identity()  # type: ignore[assignment]
    model.branches = nn.ModuleList(nn.Identity() for _ in range(3))
    return model


def test_it_has_eight_heads_and_the_whole_bodies_as_embeddings(model: MGN) -> None:
    output = model(torch.randn(2, 3, 96, 32))
    assert [logits.shape for logits in output.logits] == [(2, 7)] * 8
    assert [embedding.shape for embedding in output.embeddings] == [(2, 256)] * 3
    assert output.feature.shape == (2, 8 * 256)
    assert torch.equal(output.feature[:, : 3 * 256], torch.cat(output.embeddings, dim=1))


def test_the_first_branch_has_half_the_map_of_the_others(model: MGN) -> None:
    shared = model.trunk(torch.randn(1, 3, 128, 64))
    assert shared.shape == (1, 256, 8, 4)
    assert [branch(shared).shape for branch in model.branches] == [(1, 512, 4, 2), (1, 512, 8, 4), (1, 512, 8, 4)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "heads"),
    # Of 6 rows: three whole bodies, halves of 3 rows, thirds of 2.
    [(0, {0, 1, 2, 3, 5}), (2, {0, 1, 2, 3, 6}), (3, {0, 1, 2, 4, 6}), (5, {0, 1, 2, 4, 7})],
)
def test_a_row_belongs_to_its_half_and_its_third(model: MGN, row: int, heads: set[int]) -> None:
    model = _on_maps(model)
    before = torch.randn(1, 512, 6, 4)
    after = before.clone()
    after[:, :, row] += torch.randn(1, 512, 4)
    pairs = enumerate(zip(model(before).logits, model(after).logits, strict=True))
    assert {head for head, (old, new) in pairs if not torch.equal(old, new)} == heads


def test_a_band_is_pooled_by_its_mean(model: MGN) -> None:
    model = _on_maps(model)
    feature_map = torch.randn(2, 512, 6, 4)
    mean = feature_map[:, :, 2:4].reshape(2, 512, 8).mean(dim=2)
    assert_close(model(feature_map).feature[:, 6 * 256 : 7 * 256], model.reductions[6](mean), terms=8 + 512)


def test_the_two_fine_branches_start_alike_and_learn_apart(model: MGN) -> None:
    second, third = (dict(model.branches[index].named_parameters()) for index in (1, 2))
    assert all(torch.equal(second[name], third[name]) for name in second)
    with torch.no_grad():
        second["1.1.conv2.weight"].zero_()
    assert third["1.1.conv2.weight"].any()


@pytest.mark.slow
def test_a_files_weights_reach_trunk_and_all_branches(tmp_path: Path) -> None:
    torch.manual_seed(1)
    published = ResNet("resnet18").state_dict()
    torch.save(published, tmp_path / "resnet18.pth")
    model = MGN(2, "resnet18", tmp_path / "resnet18.pth")
    assert torch.equal(model.trunk.state_dict()["0.weight"], published["conv1.weight"])
    for branch in model.branches:
        assert torch.equal(branch.state_dict()["0.0.conv1.weight"], published["layer3.1.conv1.weight"])
        assert torch.equal(branch.state_dict()["1.1.conv2.weight"], published["layer4.1.conv2.weight"])


@pytest.mark.parametrize("backbone", ["timm/convnext_tiny", "hf/facebook/dinov2-base"])
def test_a_backbone_that_cannot_be_taken_apart_is_refused(backbone: str) -> None:
    with pytest.raises(UnknownBackboneError, match=f"'{backbone}' cannot be taken apart: choose one of resnet18"):
        MGN(7, backbone, "imagenet")
