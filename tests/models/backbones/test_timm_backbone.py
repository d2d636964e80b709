import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from closeness import assert_close, summed_terms
from torch import nn

from ccreid.models import Baseline, build_backbone
from ccreid.models.backbones.depth import depths
from ccreid.models.backbones.drop_path import set_drop_path
from ccreid.models.backbones.timm_backbone import TimmError
from ccreid.weight_files import WeightsError


class _Network(nn.Module):
    """What timm returns for `features_only`: the chosen maps, and what is known of them."""

    def __init__(self, channels_last: bool) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 24, 16, 16)
        self.feature_info = SimpleNamespace(channels=lambda: [24])
        self.pretrained_cfg = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
        self.channels_last = channels_last
        self.num_features = 24
        self.pruned: dict[str, Any] = {}

    def prune_intermediate_layers(self, indices: int, **what: Any) -> None:
        self.pruned = what

    def forward_intermediates(self, images: torch.Tensor, **how: Any) -> list[torch.Tensor]:
        assert how == {"indices": 1, "norm": True, "intermediates_only": True}
        return [nn.functional.layer_norm(self.stem(images).movedim(1, 3), (24,)).movedim(3, 1)]

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        features = self.stem(images)
        return [features.permute(0, 2, 3, 1) if self.channels_last else features]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Put a fake timm in place, and return the list of the models asked of it."""
    asked: list[tuple[str, dict[str, Any]]] = []

    def create_model(name: str, **options: Any) -> nn.Module:
        asked.append((name, options))
        if name == "unknown":
            raise RuntimeError("Unknown model (unknown)")
        if name == "vit_tiny" and "output_stride" in options:
            raise TypeError("unexpected keyword argument 'output_stride'")
        if name == "swin_tiny" and "dynamic_img_pad" in options:
            raise TypeError("unexpected keyword argument 'dynamic_img_pad'")
        return _Network(channels_last=name == "swin_tiny")

    timm: Any = ModuleType("timm")
    timm.create_model = create_model
    timm.get_pretrained_cfg = lambda name: (
        None if name == "unknown" else SimpleNamespace(fixed_input_size=name in {"vit_tiny", "swin_tiny"})
    )
    monkeypatch.setitem(sys.modules, "timm", timm)
    return asked


def test_a_timm_model_becomes_a_backbone(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    model = Baseline(3, "timm/convnext_tiny", "imagenet", last_stride=2)
    assert model(torch.randn(2, 3, 64, 32)).feature.shape == (2, 24)
    assert calls == [("convnext_tiny", {"pretrained": True, "features_only": True, "out_indices": (-1,)})]


def test_maps_with_their_channels_last_are_turned(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    assert build_backbone("timm/swin_tiny", "none", 2)(torch.randn(2, 3, 64, 32)).shape == (2, 24, 4, 2)


def test_the_model_sees_images_scaled_as_it_expects(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    backbone: Any = build_backbone("timm/convnext_tiny", "none", 2)
    white = (torch.ones(1, 3, 16, 16) - torch.tensor([0.485, 0.456, 0.406])[:, None, None]) / torch.tensor(
        [0.229, 0.224, 0.225]
    )[:, None, None]
    expected = backbone.network.stem(torch.ones(1, 3, 16, 16))
    assert_close(backbone(white), expected, terms=summed_terms(backbone))


def test_last_stride_one_asks_timm_for_the_larger_map(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    build_backbone("timm/resnet50", "none", last_stride=1)
    assert calls[0][1]["output_stride"] == 16
    assert calls[0][1]["pretrained"] is False


def test_a_vision_transformer_takes_images_of_any_size(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    build_backbone("timm/vit_tiny", "none", last_stride=2)
    assert calls[0][1]["dynamic_img_size"] is True
    assert calls[0][1]["dynamic_img_pad"] is True


def test_a_vision_transformer_gives_its_tokens_after_its_last_norm(
    calls: Sequence[tuple[str, Mapping[str, Any]]],
) -> None:
    backbone: Any = build_backbone("timm/vit_tiny", "none", last_stride=2)
    features = backbone(torch.randn(2, 3, 64, 32))
    assert features.shape == (2, 24, 4, 2)
    assert_close(features.mean(dim=1), torch.zeros(2, 4, 2), terms=24, scale=1)
    assert backbone.network.pruned == {"prune_norm": False, "prune_head": True}


def test_a_model_without_strides_says_to_leave_them(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    with pytest.raises(TimmError, match="set last_stride 2"):
        build_backbone("timm/vit_tiny", "none", last_stride=1)


@pytest.mark.answers("security", "a pickle that brings code, as weights of a timm backbone")
def test_a_file_of_weights_is_read_here_and_handed_to_timm(
    calls: Sequence[tuple[str, Mapping[str, Any]]], tmp_path: Path
) -> None:
    # Older releases of timm would run the code in it.
    torch.save({"state_dict": {"module.stem": torch.ones(2)}}, tmp_path / "a.pth")
    build_backbone("timm/convnext_tiny", tmp_path / "a.pth", last_stride=2)
    assert calls[0][1]["pretrained"] is True
    assert list(calls[0][1]["pretrained_cfg_overlay"]) == ["state_dict"]
    assert calls[0][1]["pretrained_cfg_overlay"]["state_dict"]["stem"].tolist() == [1, 1]
    torch.save({"stem": print}, tmp_path / "b.pth")
    with pytest.raises(WeightsError, match=r"b\.pth cannot be read as weights"):
        build_backbone("timm/convnext_tiny", tmp_path / "b.pth", last_stride=2)


def test_a_missing_file_is_named(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    with pytest.raises(TimmError, match=r"no weights file nowhere\.pth"):
        build_backbone("timm/convnext_tiny", "nowhere.pth", last_stride=2)


def test_timms_own_refusal_is_passed_on(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    with pytest.raises(TimmError, match=r"timm cannot build 'unknown' .*Unknown model"):
        build_backbone("timm/unknown")


def test_without_timm_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(TimmError, match=r"pip install 'ccreid\[timm\]'"):
        build_backbone("timm/convnext_tiny")


def test_a_torchvision_of_another_build_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    original = importlib.import_module

    def import_module(name: str) -> ModuleType:
        if name == "timm":
            raise RuntimeError("operator torchvision::nms does not exist")
        return original(name)

    monkeypatch.setattr(importlib, "import_module", import_module)
    with pytest.raises(
        TimmError, match=r"torchvision::nms does not exist.*torchvision build that belongs to your torch"
    ):
        build_backbone("timm/convnext_tiny")


def test_the_smallest_eva_02_of_timm_itself_learns_as_the_best_recipe_does() -> None:
    """Where timm can be imported: it needs the torchvision of one's torch."""
    try:
        importlib.import_module("timm")
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"timm cannot be imported: {error}")
    torch.manual_seed(0)
    backbone: Any = build_backbone("timm/eva02_tiny_patch14_224", "none", last_stride=2)
    images = torch.randn(2, 3, 70, 37)
    expected = backbone.eval().network.forward_features(nn.functional.pad(backbone.input_scale(images), (0, 5, 0, 0)))[
        :, 1:
    ]
    assert_close(backbone(images).flatten(2).transpose(1, 2), expected, terms=summed_terms(backbone))
    set_drop_path(backbone, 0.5)
    found = depths([name for name, _ in backbone.named_parameters()])
    assert (found[0], max(found)) == (0, 12)
    gradients = []
    for checkpointing in (False, True):
        if checkpointing:
            backbone.checkpoint()
        torch.manual_seed(1)
        backbone.train()(images).square().mean().backward()
        gradients.append({name: weight.grad.clone() for name, weight in backbone.named_parameters()})
        backbone.zero_grad()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient)
