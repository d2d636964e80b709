import pytest
import torch

from ccreid.errors import BadValueError
from ccreid.models import build_backbone, build_model
from ccreid.models.backbones.build import UnknownBackboneError, set_up_backbones
from ccreid.models.backbones.drop_path import DropPath
from ccreid.models.backbones.resnet import Bottleneck, ResNet
from ccreid.models.backbones.timm_backbone import TimmBackbone


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "efficientnet_lite0", "vgg16"])
@pytest.mark.parametrize(("last_stride", "size"), [(1, (8, 4)), (2, (4, 2))])
def test_the_last_stride_sets_the_size_of_the_map(name: str, last_stride: int, size: tuple[int, int]) -> None:
    backbone = build_backbone(name, "none", last_stride)
    assert backbone(torch.randn(1, 3, 128, 64)).shape == (1, backbone.channels, *size)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "resnet50", "efficientnet_lite0", "vgg16"])
def test_trunk_and_branch_one_after_the_other_are_the_backbone(name: str) -> None:
    torch.manual_seed(0)
    backbone = build_backbone(name).eval()
    assert not isinstance(backbone, TimmBackbone)
    trunk, branch = backbone.trunk_and_branch()
    images = torch.randn(1, 3, 64, 32)
    with torch.no_grad():
        assert trunk(images).shape[2:] == (4, 2)
        assert torch.equal(branch(trunk(images)), backbone(images))


def test_the_trunk_ends_with_the_first_block_of_a_resnets_third_stage() -> None:
    trunk, branch = ResNet("resnet50").trunk_and_branch()
    assert sum(isinstance(module, Bottleneck) for module in trunk.modules()) == 3 + 4 + 1
    assert [sum(isinstance(module, Bottleneck) for module in stage.modules()) for stage in branch] == [5, 3]


def test_an_unknown_backbone_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownBackboneError, match="did you mean 'resnet50'"):
        build_backbone("resnet500")


@pytest.mark.parametrize("name", ["resnet18", "efficientnet_lite0", "vgg16", "timm/convnext_tiny"])
def test_other_strides_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="last_stride is 3, expected 1 or 2"):
        build_backbone(name, "none", last_stride=3)


def test_each_of_a_systems_backbones_is_set_up() -> None:
    system = build_model("head_body", 3, "resnet18")
    set_up_backbones(system, 0.2, checkpointing=False)
    shares = [module.share for module in system.modules() if isinstance(module, DropPath)]
    assert shares == pytest.approx([0.2 * place / 7 for place in range(8)] * 2)


@pytest.mark.slow
def test_what_a_backbone_cannot_do_is_refused() -> None:
    with pytest.raises(BadValueError, match=r"a ResNet is not computed anew: set model\.checkpointing false"):
        set_up_backbones(build_model("baseline", 3, "resnet18"), 0, checkpointing=True)
    with pytest.raises(BadValueError, match="a MGN has no whole backbone"):
        set_up_backbones(build_model("mgn", 3, "resnet18"), 0.1, checkpointing=False)
    set_up_backbones(build_model("mgn", 3, "resnet18"), 0, checkpointing=False)
