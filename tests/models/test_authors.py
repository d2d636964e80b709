from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
import torch
from closeness import assert_close, summed_terms
from models import authors_weights
from models.authors_weights import Shapes, write_authors_checkpoint
from torch import Tensor
from torch.nn import functional

from ccreid.models.authors import AuthorsModel, load_authors_network
from ccreid.weight_files import WeightsError

pytestmark = pytest.mark.slow

SHAPES: dict[AuthorsModel, Callable[[], Shapes]] = {
    "global": authors_weights.global_shapes,
    "pcb": authors_weights.pcb_shapes,
    "hpm": authors_weights.hpm_shapes,
    "mgn": authors_weights.mgn_shapes,
}


class _Slow:
    """The released models at test time from their keys alone, one operation at a time."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        self.weights = weights

    def norm(self, x: Tensor, name: str) -> Tensor:
        scale, shift, mean, variance = (
            self.weights[f"{name}.{row}"].to(x).reshape(1, -1, *[1] * (x.ndim - 2))
            for row in ("weight", "bias", "running_mean", "running_var")
        )
        return (x - mean) / (variance + 1e-5).sqrt() * scale + shift

    def convolve(self, x: Tensor, name: str, stride: int = 1) -> Tensor:
        weight = self.weights[f"{name}.weight"].contiguous().to(x)
        return functional.conv2d(x, weight, stride=stride, padding=weight.shape[2] // 2)

    def stage(self, x: Tensor, name: str, stride: int = 1) -> Tensor:
        block = 0
        while f"{name}.{block}.conv1.weight" in self.weights:
            x = self.block(x, f"{name}.{block}", stride if block == 0 else 1)
            block += 1
        return x

    def block(self, x: Tensor, name: str, stride: int) -> Tensor:
        out = self.norm(self.convolve(x, f"{name}.conv1"), f"{name}.bn1").clamp_min(0)
        out = self.norm(self.convolve(out, f"{name}.conv2", stride), f"{name}.bn2").clamp_min(0)
        out = self.norm(self.convolve(out, f"{name}.conv3"), f"{name}.bn3")
        if f"{name}.downsample.0.weight" in self.weights:
            x = self.norm(self.convolve(x, f"{name}.downsample.0", stride), f"{name}.downsample.1")
        return (out + x).clamp_min(0)

    def resnet(self, images: Tensor, prefix: str = "") -> Tensor:
        x = self.norm(self.convolve(images, f"{prefix}conv1", 2), f"{prefix}bn1").clamp_min(0)
        x = functional.max_pool2d(x, 3, 2, 1)
        for number, stride in enumerate((1, 2, 2, 1), start=1):
            x = self.stage(x, f"{prefix}layer{number}", stride)
        return x

    def reduced(self, pooled: Tensor, convolution: str, norm: str) -> Tensor:
        return self.norm(self.convolve(pooled, convolution), norm).clamp_min(0).flatten(1)

    def of_global(self, images: Tensor) -> Tensor:
        return self.norm(self.resnet(images).mean((2, 3)), "bottleneck")

    def of_pcb(self, images: Tensor) -> Tensor:
        pooled = functional.adaptive_avg_pool2d(self.resnet(images), (6, 1))
        return (pooled / pooled.norm(dim=1, keepdim=True)).reshape(len(images), -1)

    def of_hpm(self, images: Tensor) -> Tensor:
        x = self.resnet(images, "features.")
        features = [self.reduced(functional.adaptive_max_pool2d(x, 1), "global_conv", "global_bn")]
        for scale in (2, 4, 8):
            rows = x.shape[2] // scale
            for stripe in range(scale):
                pooled = functional.adaptive_max_pool2d(x[:, :, stripe * rows : (stripe + 1) * rows], 1)
                name = f"pcb{scale}_{{}}_list.{stripe}"
                features.append(self.reduced(pooled, name.format("conv"), name.format("batchnorm")))
        return torch.cat(features, dim=1)

    def of_mgn(self, images: Tensor) -> Tensor:
        x = self.norm(self.convolve(images, "backone.0", 2), "backone.1").clamp_min(0)
        x = functional.max_pool2d(x, 3, 2, 1)
        x = self.block(self.stage(self.stage(x, "backone.4"), "backone.5", 2), "backone.6", 2)
        maps = [self.stage(self.stage(x, f"p{n}.0"), f"p{n}.1", 2 if n == 1 else 1) for n in (1, 2, 3)]
        bands = [functional.adaptive_avg_pool2d(one, 1) for one in maps]
        for branch, count in ((1, 2), (2, 3)):
            pooled = functional.adaptive_avg_pool2d(maps[branch], (count, 1))
            bands += [pooled[:, :, band : band + 1] for band in range(count)]
        heads = enumerate(bands)
        return torch.cat([self.reduced(band, f"reduction_{i}.0", f"reduction_{i}.1") for i, band in heads], dim=1)


@pytest.mark.parametrize(
    ("which", "prefix"),
    [("global", "module."), ("pcb", "module."), ("hpm", "module."), ("mgn", "module."), ("pcb", "")],
)
def test_the_feature_is_what_the_keys_say(tmp_path: Path, which: AuthorsModel, prefix: str) -> None:
    weights = write_authors_checkpoint(tmp_path / "checkpoint_best.pth", SHAPES[which](), prefix)
    model = load_authors_network(tmp_path / "checkpoint_best.pth", which).double()
    assert not model.training
    images = torch.randn(1, 3, 128, 64, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    with torch.no_grad():
        feature, expected = model(images).feature, getattr(_Slow(weights), f"of_{which}")(images)
    assert_close(feature, expected, terms=summed_terms(model))


@pytest.mark.parametrize("which", get_args(AuthorsModel))
def test_the_classifiers_are_the_published_ones_in_their_order(tmp_path: Path, which: AuthorsModel) -> None:
    weights = write_authors_checkpoint(tmp_path / "checkpoint_best.pth", SHAPES[which]())
    model = load_authors_network(tmp_path / "checkpoint_best.pth", which)
    ours = [value for key, value in model.state_dict().items() if key.startswith("classifier") and "weight" in key]
    heads = ("classifier", "global_fc", "pcb2_fc", "pcb4_fc", "pcb8_fc", "fc_id")
    theirs = [value for key, value in weights.items() if key.startswith(heads) and key.endswith("weight")]
    assert len(ours) == {"global": 1, "pcb": 6, "hpm": 15, "mgn": 8}[which]
    assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))


@pytest.mark.parametrize(
    ("which", "feature"), [("global", 2048), ("pcb", 6 * 2048), ("hpm", 15 * 256), ("mgn", 8 * 256)]
)
def test_the_feature_has_the_published_length(tmp_path: Path, which: AuthorsModel, feature: int) -> None:
    write_authors_checkpoint(tmp_path / "checkpoint_best.pth", SHAPES[which]())
    model = load_authors_network(tmp_path / "checkpoint_best.pth", which)
    with torch.no_grad():
        assert model(torch.randn(1, 3, 32, 16)).feature.shape == (1, feature)


def test_missing_and_misshapen_keys_are_named(tmp_path: Path) -> None:
    shapes = authors_weights.pcb_shapes()
    del shapes["layer3.5.conv2.weight"], shapes["classifier.4.weight"]
    shapes["conv5.layers.0.weight"] = (128, 2048, 1, 1)
    write_authors_checkpoint(tmp_path / "a.pth", shapes)
    with pytest.raises(WeightsError) as raised:
        load_authors_network(tmp_path / "a.pth", "pcb")
    message = str(raised.value)
    assert f"{tmp_path / 'a.pth'} does not hold the authors' pcb model" in message
    assert "2 missing: classifier.4.weight (150, 256), layer3.5.conv2.weight (256, 256, 3, 3)" in message
    assert "conv5.layers.0.weight (128, 2048) instead of (256, 2048)" in message


@pytest.mark.parametrize(("which", "asked"), [("hpm", "pcb"), ("pcb", "global"), ("mgn", "hpm"), ("global", "mgn")])
def test_another_of_the_released_models_is_recognised(tmp_path: Path, which: AuthorsModel, asked: AuthorsModel) -> None:
    write_authors_checkpoint(tmp_path / "a.pth", SHAPES[which]())
    with pytest.raises(WeightsError, match=rf"authors' {asked} model \(.*missing.*it looks like --authors {which}"):
        load_authors_network(tmp_path / "a.pth", asked)


def test_a_bare_backbone_is_refused(tmp_path: Path) -> None:
    write_authors_checkpoint(tmp_path / "a.pth", authors_weights.resnet_shapes(""), prefix="")
    with pytest.raises(WeightsError, match=r"missing: bottleneck\.bias \(2048,\).*give the checkpoint_best\.pth"):
        load_authors_network(tmp_path / "a.pth", "global")
