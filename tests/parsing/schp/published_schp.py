"""The keys and shapes of SCHP's published checkpoints, spelt from the architecture, and weights under them."""

import math

import torch
from torch import Tensor

_DEPTHS = (3, 4, 23, 3)


def published_shapes(labels: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor in a checkpoint with so many labels, without the prefix `module.`."""
    shapes: dict[str, tuple[int, ...]] = {}

    def convolution(name: str, out_channels: int, in_channels: int, kernel: int, bias: bool = False) -> None:
        shapes[f"{name}.weight"] = (out_channels, in_channels, kernel, kernel)
        if bias:
            shapes[f"{name}.bias"] = (out_channels,)

    def norm(name: str, channels: int) -> None:
        for tensor in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{name}.{tensor}"] = (channels,)

    for number, (out_channels, in_channels) in enumerate([(64, 3), (64, 64), (128, 64)], start=1):
        convolution(f"conv{number}", out_channels, in_channels, 3)
        norm(f"bn{number}", out_channels)
    entering = 128
    for stage, depth in enumerate(_DEPTHS, start=1):
        narrow = 32 * 2**stage
        for block in range(depth):
            name = f"layer{stage}.{block}"
            convolution(f"{name}.conv1", narrow, entering, 1)
            norm(f"{name}.bn1", narrow)
            convolution(f"{name}.conv2", narrow, narrow, 3)
            norm(f"{name}.bn2", narrow)
            convolution(f"{name}.conv3", 4 * narrow, narrow, 1)
            norm(f"{name}.bn3", 4 * narrow)
            if block == 0:
                convolution(f"{name}.downsample.0", 4 * narrow, entering, 1)
                norm(f"{name}.downsample.1", 4 * narrow)
            entering = 4 * narrow
    for pooled in range(4):
        convolution(f"context_encoding.stages.{pooled}.1", 512, 2048, 1)
        norm(f"context_encoding.stages.{pooled}.2", 512)
    convolution("context_encoding.bottleneck.0", 512, 2048 + 4 * 512, 3)
    norm("context_encoding.bottleneck.1", 512)
    for number, in_channels in enumerate((256, 512, 1024), start=1):
        convolution(f"edge.conv{number}.0", 256, in_channels, 1)
        norm(f"edge.conv{number}.1", 256)
    convolution("edge.conv4", 2, 256, 3, bias=True)
    convolution("edge.conv5", 2, 6, 1, bias=True)
    convolution("decoder.conv1.0", 256, 512, 1)
    norm("decoder.conv1.1", 256)
    convolution("decoder.conv2.0", 48, 256, 1)
    norm("decoder.conv2.1", 48)
    convolution("decoder.conv3.0", 256, 304, 1)
    norm("decoder.conv3.1", 256)
    convolution("decoder.conv3.2", 256, 256, 1)
    norm("decoder.conv3.3", 256)
    convolution("decoder.conv4", labels, 256, 1, bias=True)
    convolution("fushion.0", 256, 1024, 1)
    norm("fushion.1", 256)
    convolution("fushion.3", labels, 256, 1, bias=True)
    return shapes


def blank_weights(labels: int) -> dict[str, Tensor]:
    """Return a checkpoint's tensors, all zero, each of one stored number: their file is small."""
    return {key: torch.zeros(1).expand(shape) for key, shape in published_shapes(labels).items()}


def random_weights(labels: int) -> dict[str, Tensor]:
    """Return a checkpoint's tensors, drawn so that maps stay in range through all layers, norms' weights of both signs.

    The rows of a convolution's weight are windows into one row of random numbers, 5 apart: their file is small.
    """
    generator = torch.Generator().manual_seed(0)
    tensors = {}
    for key, shape in published_shapes(labels).items():
        if len(shape) == 4:
            row = math.prod(shape[1:])
            drawn = torch.randn(5 * shape[0] + row, generator=generator) * math.sqrt(2 / row)
            tensors[key] = drawn.as_strided(shape, (5, shape[2] * shape[3], shape[3], 1))
        elif key.endswith("running_var"):
            tensors[key] = 0.5 + torch.rand(shape, generator=generator)
        elif key.endswith("weight"):
            size = 0.2 if "bn3" in key else 1  # 33 blocks add up
            sign = torch.randn(shape, generator=generator).sign()
            tensors[key] = sign * size * (0.5 + torch.rand(shape, generator=generator))
        else:
            tensors[key] = 0.1 * torch.randn(shape, generator=generator)
    return tensors
