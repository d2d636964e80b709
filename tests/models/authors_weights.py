"""Files with the keys and shapes of the models that Shu et al. released, written from the networks' architecture."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

IDENTITIES = 150
_VALUES = 40_009

Shapes = dict[str, tuple[int, ...]]


def write_authors_checkpoint(path: Path, shapes: Shapes, prefix: str = "module.") -> dict[str, Tensor]:
    """Write a checkpoint as their trainer does, with random weights, and return the weights by name.

    All weights are windows onto one short row of random numbers, so that a file of 100 MB takes 200 kB.
    """
    weights = {key: _window(key, shape, index) for index, (key, shape) in enumerate(shapes.items())}
    state = {f"{prefix}{key}": value for key, value in weights.items()}
    torch.save({"state_dict": state, "epoch": 51, "best_acc": np.float64(0.6)}, path)
    return weights


def global_shapes() -> Shapes:
    """The baseline's network, trained with or without pixel sampling."""
    return resnet_shapes("") | norm_shapes("bottleneck", 2048) | {"classifier.weight": (IDENTITIES, 2048)}


def pcb_shapes() -> Shapes:
    """PCB: one 1x1 convolution for all stripes, and six classifiers."""
    shapes = resnet_shapes("") | {"conv5.layers.0.weight": (256, 2048, 1, 1)} | norm_shapes("conv5.layers.1", 256)
    for stripe in range(6):
        shapes |= {f"classifier.{stripe}.weight": (IDENTITIES, 256), f"classifier.{stripe}.bias": (IDENTITIES,)}
    return shapes


def hpm_shapes() -> Shapes:
    """HPM: fifteen stripes, and a ResNet that keeps ImageNet's classifier."""
    shapes = resnet_shapes("features.") | {"features.fc.weight": (1000, 2048), "features.fc.bias": (1000,)}
    shapes |= {"global_conv.weight": (256, 2048, 1, 1), "global_fc.weight": (IDENTITIES, 256)}
    shapes |= norm_shapes("global_bn", 256)
    for scale in (2, 4, 8):
        for stripe in range(scale):
            shapes |= {f"pcb{scale}_conv_list.{stripe}.weight": (256, 2048, 1, 1)}
            shapes |= norm_shapes(f"pcb{scale}_batchnorm_list.{stripe}", 256)
            shapes |= {f"pcb{scale}_fc_list.{stripe}.weight": (IDENTITIES, 256)}
    return shapes


def mgn_shapes() -> Shapes:
    """MGN: the ResNet up to layer3.0 once, the rest three times, and eight heads."""
    shapes: Shapes = {}
    for key, shape in resnet_shapes("").items():
        stage, _, rest = key.partition(".")
        if stage in {"conv1", "bn1"}:
            shapes[f"backone.{['conv1', 'bn1'].index(stage)}.{rest}"] = shape
        elif stage in {"layer1", "layer2"}:
            shapes[f"backone.{['layer1', 'layer2'].index(stage) + 4}.{rest}"] = shape
        elif key.startswith("layer3.0."):
            shapes[f"backone.6.{key.removeprefix('layer3.0.')}"] = shape
        else:
            block, _, inside = rest.partition(".")
            place = f"0.{int(block) - 1}" if stage == "layer3" else f"1.{block}"
            shapes |= {f"p{branch}.{place}.{inside}": shape for branch in (1, 2, 3)}
    for head in range(8):
        shapes |= {f"reduction_{head}.0.weight": (256, 2048, 1, 1)} | norm_shapes(f"reduction_{head}.1", 256)
    for name in ("2048_0", "2048_1", "2048_2", "256_1_0", "256_1_1", "256_2_0", "256_2_1", "256_2_2"):
        shapes |= {f"fc_id_{name}.weight": (IDENTITIES, 256), f"fc_id_{name}.bias": (IDENTITIES,)}
    return shapes


def resnet_shapes(prefix: str) -> Shapes:
    """ResNet-50 without its classifier, under torchvision's names."""
    shapes: Shapes = {f"{prefix}conv1.weight": (64, 3, 7, 7)} | norm_shapes(f"{prefix}bn1", 64)
    before = 64
    for stage, (depth, width) in enumerate([(3, 64), (4, 128), (6, 256), (3, 512)], start=1):
        for block in range(depth):
            name = f"{prefix}layer{stage}.{block}"
            for number, shape in enumerate([(width, before, 1, 1), (width, width, 3, 3), (4 * width, width, 1, 1)], 1):
                shapes |= {f"{name}.conv{number}.weight": shape} | norm_shapes(f"{name}.bn{number}", shape[0])
            if block == 0:
                shapes |= {f"{name}.downsample.0.weight": (4 * width, before, 1, 1)}
                shapes |= norm_shapes(f"{name}.downsample.1", 4 * width)
            before = 4 * width
    return shapes


def norm_shapes(name: str, channels: int) -> Shapes:
    """A batch norm's five tensors."""
    rows = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.{row}": (channels,) for row in rows} | {f"{name}.num_batches_tracked": ()}


_RANDOM = torch.randn(_VALUES, generator=torch.Generator().manual_seed(0)) * 0.05
_NEAR_ONE = 1 + _RANDOM


def _window(key: str, shape: tuple[int, ...], index: int) -> Tensor:
    if key.endswith("num_batches_tracked"):
        return torch.tensor(1000)
    is_scale = len(shape) == 1 and key.endswith(("weight", "running_var"))
    strides = (7, 5, 3, 1)[: len(shape)]
    return (_NEAR_ONE if is_scale else _RANDOM).as_strided(shape, strides, storage_offset=31 * index)
