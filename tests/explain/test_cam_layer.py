import pytest
import torch
from extras import needs
from torch import Tensor, nn

from ccreid.explain.cam_layer import find_cam_layer
from ccreid.models import SYSTEMS, ReIDOutput, build_model


def _frozen(system: str, backbone: str = "resnet18", last_stride: int = 1) -> nn.Module:
    torch.manual_seed(0)
    return build_model(system, 5, backbone, last_stride=last_stride).eval().requires_grad_(False)


IMAGES = torch.randn(1, 3, 64, 32, generator=torch.Generator().manual_seed(0))


def test_a_last_map_with_enough_rows_is_taken() -> None:
    model = _frozen("baseline")
    assert find_cam_layer(model, [IMAGES], 4) is model.backbone


def test_an_earlier_block_is_taken_where_the_last_map_is_coarse() -> None:
    model = _frozen("baseline", last_stride=2)
    assert find_cam_layer(model, [IMAGES], 3) in (model.backbone.layer3, model.backbone.layer3[-1])
    assert find_cam_layer(model, [IMAGES], 8) in (model.backbone.layer2, model.backbone.layer2[-1])


@pytest.mark.slow
def test_all_streams_pass_through_the_layer() -> None:
    model = _frozen("hacnn")
    assert find_cam_layer(model, [IMAGES], 4) is model.stem
    model = _frozen("mgn")
    assert find_cam_layer(model, [IMAGES], 4) is model.trunk


def test_a_model_that_bends_the_image_has_no_such_layer() -> None:
    assert find_cam_layer(_frozen("stn"), [IMAGES], 4) is None


class _TwoStreams(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Conv2d(3, 2, 1), nn.Conv2d(3, 2, 1)

    def forward(self, images: Tensor) -> ReIDOutput:
        feature = (self.one(images) + self.other(images)).mean((2, 3))
        return ReIDOutput((feature,), (feature,), feature)


def test_streams_that_meet_in_no_module_leave_the_images() -> None:
    assert find_cam_layer(_TwoStreams().eval().requires_grad_(False), [IMAGES], 4) is None


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_answer_follows_from_the_layers_map_alone(system: str) -> None:
    if system == "face":
        needs("face")
    model = _frozen(system)
    if model.reads_parts == "always":
        assert find_cam_layer(model, [IMAGES, torch.ones(1, 64, 32, dtype=torch.uint8)], 4) is None
        return
    layer = find_cam_layer(model, [IMAGES], 4)
    if layer is None:
        return
    kept: list[Tensor] = []
    hook = layer.register_forward_hook(lambda _, __, output: kept.append(output.clone()))
    expected = model(IMAGES)
    hook.remove()
    hook = layer.register_forward_hook(lambda _, __, ___: kept[0].clone())
    other = model(torch.zeros_like(IMAGES))
    hook.remove()
    assert torch.equal(other.feature, expected.feature)
    assert all(torch.equal(one, two) for one, two in zip(other.logits, expected.logits, strict=True))


def test_looking_for_the_layer_leaves_the_model_as_it_was() -> None:
    model = _frozen("baseline")
    before = model(IMAGES).feature
    find_cam_layer(model, [IMAGES], 4)
    assert not any(module._forward_hooks for module in model.modules())
    assert torch.equal(model(IMAGES).feature, before)
