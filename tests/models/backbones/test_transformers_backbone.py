import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from closeness import assert_close, summed_terms
from models.like_eva import like_eva
from safetensors.torch import load_file, save_file

from ccreid.augment import Normalise
from ccreid.errors import MissingExtraError
from ccreid.models import Baseline, build_backbone, build_model
from ccreid.models.backbones.depth import depths
from ccreid.models.backbones.drop_path import DropPath, set_drop_path
from ccreid.models.backbones.transformers_backbone import TransformersBackbone, TransformersError
from ccreid.models.checkpoint import load_checkpoint, save_checkpoint
from ccreid.recipe import ModelRecipe, Recipe

transformers = pytest.importorskip("transformers")
huggingface_hub = pytest.importorskip("huggingface_hub")


def _save(model: Any, folder: Path) -> Path:
    torch.manual_seed(0)
    model.init_weights()
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0.5] * 3, "image_std": [0.25] * 3}))
    return folder


@pytest.fixture(scope="module")
def convnext(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole classifier of random weights, as the hub has them."""
    config = transformers.ConvNextConfig(hidden_sizes=[4, 8, 12, 16], depths=[1, 1, 1, 1])
    return _save(transformers.ConvNextForImageClassification(config), tmp_path_factory.mktemp("convnext"))


@pytest.fixture(scope="module")
def dinov2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = transformers.Dinov2Config(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=28)
    return _save(transformers.Dinov2Model(config), tmp_path_factory.mktemp("dinov2"))


@pytest.fixture(scope="module")
def dinov3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vision transformer built as EVA-02 is, with rotary positions and gated blocks."""
    return _save(transformers.DINOv3ViTModel(like_eva(14, image_size=28)), tmp_path_factory.mktemp("dinov3"))


def test_a_convolutional_checkpoint_becomes_a_backbone(convnext: Path) -> None:
    backbone = build_backbone(f"hf/{convnext}", "imagenet", last_stride=2).eval()
    assert backbone.channels == 16
    assert backbone(torch.randn(2, 3, 128, 64)).shape == (2, 16, 4, 2)


def test_a_vision_transformer_takes_images_of_any_size(dinov2: Path) -> None:
    backbone = build_backbone(f"hf/{dinov2}", "imagenet", last_stride=2).eval()
    assert backbone(torch.randn(1, 3, 128, 64)).shape == (1, 16, 9, 4)  # patches of 14 pixels
    assert backbone(torch.randn(1, 3, 70, 37)).shape == (1, 16, 5, 2)


def test_the_checkpoints_weights_are_taken_or_left(convnext: Path) -> None:
    published = load_file(convnext / "model.safetensors")
    name = "encoder.stages.3.layers.0.pwconv1.weight"
    assert torch.equal(
        build_backbone(f"hf/{convnext}", "imagenet", 2).network.state_dict()[name], published[f"convnext.{name}"]
    )
    assert not torch.equal(
        build_backbone(f"hf/{convnext}", "none", 2).network.state_dict()[name], published[f"convnext.{name}"]
    )


def test_the_map_is_transformers_own_on_images_normalised_as_the_checkpoint_says(convnext: Path) -> None:
    backbone = build_backbone(f"hf/{convnext}", "imagenet", 2).eval()
    images = torch.rand(1, 3, 64, 32)
    classifier = transformers.ConvNextForImageClassification.from_pretrained(convnext).eval()
    with torch.no_grad():
        theirs = classifier.convnext((images - 0.5) / 0.25).last_hidden_state
        ours = backbone(Normalise()(images))
    # Backbones hand their maps out through a layer norm of their own, over the channels.
    expected = torch.nn.functional.layer_norm(theirs.movedim(1, 3), (16,), eps=1e-6).movedim(3, 1)
    assert_close(ours, expected, terms=summed_terms(backbone))


def test_systems_stand_on_it_and_its_model_is_saved_and_loaded(convnext: Path, tmp_path: Path) -> None:
    name = f"hf/{convnext}"
    for system in ("baseline", "pcb", "hpm", "stn"):
        assert build_model(system, 3, name, "none", 2).eval()(torch.randn(1, 3, 64, 32)).feature.shape[0] == 1
    model = Baseline(3, name, "imagenet", last_stride=2).eval()
    recipe = Recipe(model=ModelRecipe(backbone=name, weights="imagenet", last_stride=2))
    save_checkpoint(tmp_path / "model.safetensors", model, recipe, epoch=1)
    images = torch.randn(2, 3, 64, 32)
    loaded = load_checkpoint(tmp_path / "model.safetensors").network
    assert torch.equal(loaded(images).feature, model(images).feature)


def test_the_baselines_feature_of_a_vision_transformer_is_the_mean_of_its_patch_tokens(dinov2: Path) -> None:
    model = Baseline(3, f"hf/{dinov2}", "imagenet", last_stride=2).eval()
    images = torch.rand(1, 3, 56, 28)
    tokens = transformers.Dinov2Model.from_pretrained(dinov2).eval()((images - 0.5) / 0.25).last_hidden_state
    expected = tokens[:, 1:].mean(dim=1)
    assert_close(model(Normalise()(images)).embeddings[0], expected, terms=summed_terms(model))


@pytest.mark.parametrize("kind", ["dinov2", "dinov3"])
def test_blocks_that_are_computed_anew_drop_the_same_branches_and_give_the_same_gradients(
    kind: str, dinov2: Path, dinov3: Path
) -> None:
    backbone = build_backbone(f"hf/{dinov2 if kind == 'dinov2' else dinov3}", "imagenet", last_stride=2).train()
    assert isinstance(backbone, TransformersBackbone)
    set_drop_path(backbone, 0.5)
    images = torch.randn(8, 3, 56, 28)

    def gradients(seed: int) -> dict[str, torch.Tensor]:
        torch.manual_seed(seed)
        backbone.zero_grad()
        backbone(images).square().sum().backward()
        return {name: weight.grad for name, weight in backbone.named_parameters() if weight.grad is not None}

    kept, other = gradients(0), gradients(1)
    calls: list[torch.nn.Module] = []
    for module in backbone.modules():
        if isinstance(module, DropPath):
            module.register_forward_hook(lambda module, *_: calls.append(module))
    gradients(0)
    once = len(calls)
    backbone.checkpoint()
    anew = gradients(0)
    assert len(calls) > once * 2
    assert anew.keys() == kept.keys()
    for name, gradient in kept.items():
        torch.testing.assert_close(anew[name], gradient)
    assert any(not torch.allclose(gradient, other[name]) for name, gradient in kept.items())


def test_rates_by_depth_know_the_blocks_of_transformers(dinov2: Path, dinov3: Path, convnext: Path) -> None:
    for folder, blocks in ((dinov2, 2), (dinov3, 2), (convnext, 4 + 3)):  # and what halves the map between stages
        names = [name for name, _ in build_backbone(f"hf/{folder}", "none", 2).named_parameters()]
        found = dict(zip(names, depths(names), strict=True))
        assert {depth for name, depth in found.items() if "embeddings" in name} == {0}
        assert max(found.values()) == blocks + 1


def test_a_name_is_looked_for_on_the_hub(convnext: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, list[str]]] = []

    def snapshot_download(name: str, allow_patterns: list[str]) -> str:
        asked.append((name, allow_patterns))
        return str(convnext)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    build_backbone("hf/facebook/convnext-tiny-224", "imagenet", 2)
    build_backbone("hf/facebook/convnext-tiny-224", "none", 2)
    assert [name for name, _ in asked] == ["facebook/convnext-tiny-224"] * 2
    assert [any("safetensors" in file for file in files) for _, files in asked] == [True, False]


def test_a_name_that_cannot_be_had_says_what_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    def snapshot_download(name: str, allow_patterns: list[str]) -> str:
        raise ConnectionError("no route to the hub")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    with pytest.raises(TransformersError, match=r"'nobody/nothing' is no folder.*no route to the hub.*give a folder"):
        build_backbone("hf/nobody/nothing", "imagenet", 2)


def test_missing_weights_are_named(convnext: Path, tmp_path: Path) -> None:
    weights = load_file(convnext / "model.safetensors")
    del weights["convnext.encoder.stages.0.layers.0.dwconv.weight"]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    (tmp_path / "config.json").write_text((convnext / "config.json").read_text())
    with pytest.raises(TransformersError, match=r"lacks 1 of .*encoder\.stages\.0\.layers\.0\.dwconv\.weight"):
        build_backbone(f"hf/{tmp_path}", "imagenet", 2)


def test_a_model_that_is_no_backbone_is_refused(tmp_path: Path) -> None:
    transformers.BertConfig(hidden_size=8, num_hidden_layers=1).save_pretrained(tmp_path)
    with pytest.raises(TransformersError, match=r"no backbone for .*, a bert: choose a model such as ConvNeXt"):
        build_backbone(f"hf/{tmp_path}", "none", 2)


@pytest.mark.parametrize(
    ("content", "message"),
    [('{"image_mean": [0.5], "image_std": [1, 1, 1]}', "expected three numbers"), ("{", "cannot be read"), ("[1]", "")],
)
def test_a_normalisation_that_makes_no_sense_is_refused(
    convnext: Path, tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "config.json").write_text((convnext / "config.json").read_text())
    (tmp_path / "preprocessor_config.json").write_text(content)
    with pytest.raises(TransformersError, match=rf"preprocessor_config\.json .*{message}"):
        build_backbone(f"hf/{tmp_path}", "none", 2)


def test_a_folder_without_a_config_is_named(tmp_path: Path) -> None:
    with pytest.raises(TransformersError, match=rf"'{tmp_path}' cannot be loaded as a backbone"):
        build_backbone(f"hf/{tmp_path}", "imagenet", 2)


def test_another_stride_is_refused(convnext: Path) -> None:
    with pytest.raises(TransformersError, match="keeps its own strides: set last_stride 2"):
        build_backbone(f"hf/{convnext}", "imagenet", 1)


def test_a_weights_file_is_refused(convnext: Path) -> None:
    with pytest.raises(TransformersError, match=r"takes no weights file a\.pth: set weights imagenet"):
        build_backbone(f"hf/{convnext}", "a.pth", 2)


def test_without_transformers_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ccreid\[parsing\]'"):
        build_backbone("hf/facebook/dinov2-base", "none", 2)
