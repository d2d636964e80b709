import numpy as np
import pytest
import torch
from closeness import assert_close, summed_terms
from numpy.typing import NDArray
from sketch.make_hed import BLOCKS, random_hed, write_hed

from ccreid.sketch.hed_network import HED
from ccreid.sketch.hed_weights import load_hed


@pytest.fixture(scope="module")
def weights() -> dict[str, np.ndarray]:
    return random_hed()


@pytest.fixture(scope="module")
def network(weights: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> HED:
    return load_hed(write_hed(tmp_path_factory.mktemp("hed") / "hed.weights.h5", weights))


def _slow_edges(weights: dict[str, np.ndarray], image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Compute HED for one image (H, W, 3) in the order of axes of the published code, in plain NumPy and float64."""
    x = image[:, :, ::-1].astype(np.float64) - [104.00699, 116.66877, 122.67892]
    sides = []
    for number, block in enumerate(BLOCKS, start=1):
        if number > 1:
            x = _slow_halved(x)
        for depth in range(len(block)):
            layer = f"block{number}/layers/conv2d" + (f"_{depth}" if depth else "")
            x = np.maximum(_slow_conv(x, weights[f"{layer}/vars/0"], weights[f"{layer}/vars/1"]), 0)
        side = x @ weights[f"dsn{number}/vars/0"][0, 0] + weights[f"dsn{number}/vars/1"]
        sides.append(_slow_resized(side[..., 0], *image.shape[:2]))
    fused = np.stack(sides, axis=-1) @ weights["fuse/vars/0"][0, 0, :, 0] + weights["fuse/vars/1"]
    return 1 / (1 + np.exp(-fused))


def _slow_conv(x: NDArray[np.float64], kernel: np.ndarray, bias: np.ndarray) -> NDArray[np.float64]:
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    out = np.zeros((*x.shape[:2], kernel.shape[3])) + bias
    for i in range(3):
        for j in range(3):
            out += padded[i : i + x.shape[0], j : j + x.shape[1]] @ kernel[i, j].astype(np.float64)
    return out


def _slow_halved(x: NDArray[np.float64]) -> NDArray[np.float64]:
    rows, columns = -(-x.shape[0] // 2), -(-x.shape[1] // 2)
    return np.array(
        [[x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max(axis=(0, 1)) for j in range(columns)] for i in range(rows)]
    )


def _slow_resized(side: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    """Resize with pixels' centres half a pixel inside, and the border going on beyond it."""

    def weights(old: int, new: int) -> NDArray[np.float64]:
        table = np.zeros((new, old))
        for i in range(new):
            place = min(max((i + 0.5) * old / new - 0.5, 0), old - 1)
            low = int(place)
            table[i, low] += 1 - (place - low)
            table[i, min(low + 1, old - 1)] += place - low
        return table

    return weights(side.shape[0], height) @ side @ weights(side.shape[1], width).T


@pytest.mark.slow
@pytest.mark.parametrize("size", [(16, 16), (19, 13)])
def test_edges_are_those_of_the_published_network(
    network: HED, weights: dict[str, np.ndarray], size: tuple[int, int]
) -> None:
    image = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    with torch.inference_mode():
        edges = network(torch.from_numpy(image).permute(2, 0, 1)[None])
    assert edges.shape == (1, 1, *size)
    expected = _slow_edges(weights, image)
    assert expected.std() > 0.01
    assert_close(edges[0, 0], expected, terms=summed_terms(network))
