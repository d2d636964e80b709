import pytest
import torch
from torch import nn

from ccreid.errors import BadValueError
from ccreid.models import build_backbone
from ccreid.models.backbones.drop_path import DropPath, set_drop_path


def test_whole_images_are_dropped_and_the_others_make_up_for_them() -> None:
    torch.manual_seed(0)
    branch = torch.ones(4000, 2, 3)
    dropped = DropPath(0.25)(branch)
    assert set(dropped.unique().tolist()) == {0, torch.tensor(1 / 0.75).item()}
    assert torch.equal(dropped.amin((1, 2)), dropped.amax((1, 2)))
    assert float((dropped[:, 0, 0] == 0).float().mean()) == pytest.approx(0.25, abs=0.03)
    assert torch.equal(DropPath(0.25).eval()(branch), branch)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "branches"), [("resnet18", 8), ("resnet50", 16), ("efficientnet_lite0", 9)])
def test_the_share_grows_linearly_from_the_first_branch_to_the_last(name: str, branches: int) -> None:
    backbone = build_backbone(name)
    before = backbone.state_dict().keys()
    set_drop_path(backbone, 0.3)
    shares = [module.share for module in backbone.modules() if isinstance(module, DropPath)]
    assert shares == pytest.approx([0.3 * place / (branches - 1) for place in range(branches)])
    assert backbone.state_dict().keys() == before


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "efficientnet_lite0"])
def test_it_changes_training_alone(name: str) -> None:
    torch.manual_seed(0)
    backbone = build_backbone(name).eval()
    images = torch.randn(4, 3, 32, 32)
    expected = backbone(images)
    set_drop_path(backbone, 0.9)
    assert torch.equal(backbone.eval()(images), expected)
    torch.manual_seed(1)
    one = backbone.train()(images)
    torch.manual_seed(2)
    assert not torch.equal(backbone.train()(images), one)


def test_both_places_of_a_block_have_its_share() -> None:
    def block() -> nn.Module:
        return nn.ModuleDict({"drop_path1": nn.Identity(), "drop_path2": nn.Dropout(0.1)})

    network = nn.Sequential(block(), block(), block())
    set_drop_path(network, 0.2)
    shares = [module.share for module in network.modules() if isinstance(module, DropPath)]
    assert shares == pytest.approx([0, 0, 0.1, 0.1, 0.2, 0.2])


def test_a_network_without_residual_branches_is_refused() -> None:
    with pytest.raises(BadValueError, match=r"a VGG16 has no residual branch to leave out: set model\.drop_path 0"):
        set_drop_path(build_backbone("vgg16"), 0.1)
    set_drop_path(build_backbone("vgg16"), 0)
