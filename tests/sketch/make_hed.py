"""Makes a file of the keys and shapes of HED's published weights, with random values."""

from pathlib import Path

import numpy as np
from extras import needs

BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


def hed_shapes() -> dict[str, tuple[int, ...]]:
    """Return the data sets of the published file and their shapes, kernels as (height, width, in, out)."""
    shapes: dict[str, tuple[int, ...]] = {}
    before = 3
    for number, block in enumerate(BLOCKS, start=1):
        for depth, channels in enumerate(block):
            layer = f"block{number}/layers/conv2d" + (f"_{depth}" if depth else "")
            shapes |= {f"{layer}/vars/0": (3, 3, before, channels), f"{layer}/vars/1": (channels,)}
            before = channels
        shapes |= {f"dsn{number}/vars/0": (1, 1, before, 1), f"dsn{number}/vars/1": (1,)}
    return shapes | {"fuse/vars/0": (1, 1, 5, 1), "fuse/vars/1": (1,)}


def random_hed() -> dict[str, np.ndarray]:
    """Return random weights under which activations keep their size from layer to layer."""
    random = np.random.default_rng(0)
    weights = {}
    for key, shape in hed_shapes().items():
        scale = 0.01 if len(shape) == 1 else np.sqrt(2 / np.prod(shape[:3]))
        weights[key] = random.standard_normal(shape, dtype=np.float32) * np.float32(scale)
    # Images come in 0..255, of which the first layer makes values about 1.
    weights["block1/layers/conv2d/vars/0"] /= 100
    return weights


def write_hed(path: Path, weights: dict[str, np.ndarray]) -> Path:
    """Write the weights as Keras does, and return the path."""
    needs("sketch")
    import h5py

    with h5py.File(path, "w") as file:
        for key, value in weights.items():
            file[key] = value
    return path
