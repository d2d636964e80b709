import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from torch import Tensor

from ccreid.sketch.edge_thinning import thin_edges

MAPS = arrays(
    np.float64,
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    elements=st.floats(0, 1, width=32, allow_subnormal=False),
)


def _thin(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    thinned: Tensor = thin_edges(torch.from_numpy(edges)[None, None])
    return thinned[0, 0].numpy()


def _ridge(height: int, width: int, row: float, slope: float = 0.0) -> NDArray[np.float64]:
    """Return a ridge of strength 1 along a line, falling off to both sides."""
    y, x = np.mgrid[:height, :width]
    return np.exp(-(((y - row - slope * x) ** 2) / (1 + slope**2)) / 8)


def _slow_thin(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Thin pixel by pixel."""
    height, width = edges.shape
    binomial = [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16]

    def at(y: int, x: int) -> float:
        return float(edges[min(max(y, 0), height - 1), min(max(x, 0), width - 1)])

    def blurred(y: int, x: int) -> float:
        return sum(binomial[i] * binomial[j] * at(y + i - 2, x + j - 2) for i in range(5) for j in range(5))

    def between(y: float, x: float) -> float:
        y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
        top, left = math.floor(y), math.floor(x)
        down, right = y - top, x - left
        upper = at(top, left) * (1 - right) + at(top, left + 1) * right
        lower = at(top + 1, left) * (1 - right) + at(top + 1, left + 1) * right
        return upper * (1 - down) + lower * down

    out = np.zeros_like(edges)
    for y in range(height):
        for x in range(width):
            xx = blurred(y, x + 1) - 2 * blurred(y, x) + blurred(y, x - 1)
            yy = blurred(y + 1, x) - 2 * blurred(y, x) + blurred(y - 1, x)
            xy = blurred(y + 1, x + 1) - blurred(y + 1, x - 1) - blurred(y - 1, x + 1) + blurred(y - 1, x - 1)
            bends, vectors = np.linalg.eigh([[xx, xy / 4], [xy / 4, yy]])
            step_x, step_y = vectors[:, np.abs(bends).argmax()]
            sides = [between(y + side * step_y, x + side * step_x) for side in (-1, 1)]
            if edges[y, x] >= max(sides):
                out[y, x] = edges[y, x]
    return out


def test_it_keeps_what_a_loop_over_pixels_keeps() -> None:
    edges = np.random.default_rng(0).random((12, 9))
    thinned = _thin(edges)
    assert 0 < (thinned > 0).sum() < edges.size
    assert np.array_equal(thinned, _slow_thin(edges))


@pytest.mark.slow
@given(MAPS)
def test_a_pixel_stays_as_it_is_or_is_gone(edges: NDArray[np.float64]) -> None:
    thinned = _thin(edges)
    assert np.all((thinned == edges) | (thinned == 0))


@pytest.mark.slow
@given(MAPS)
def test_the_strongest_pixel_stays(edges: NDArray[np.float64]) -> None:
    # Between equal neighbours, reading between pixels may round one up: only a lone maximum is sure.
    if (edges == edges.max()).sum() == 1:
        assert _thin(edges).max() == edges.max()


@pytest.mark.parametrize("row", [6.0, 6.3])
def test_a_level_ridge_becomes_one_row(row: float) -> None:
    kept = _thin(_ridge(13, 8, row)) > 0.5
    assert kept[6].all()
    assert kept.sum() == 8


def test_a_standing_ridge_becomes_one_column() -> None:
    kept = _thin(_ridge(13, 8, 6).T) > 0.5
    assert kept[:, 6].all()
    assert kept.sum() == 8


def test_a_slanting_ridge_becomes_a_thin_line_without_gaps() -> None:
    # The border, beyond which the map goes on level, bends the line's ends.
    kept = _thin(_ridge(24, 24, 6.2, slope=0.45))[:, 2:-2] > 0.5
    assert (kept.sum(axis=0) >= 1).all()
    assert kept.sum(axis=0).max() <= 2
    assert kept.sum() < 1.5 * 20
    rows = [int(np.flatnonzero(column)[0]) for column in kept.T]
    assert all(abs(after - before) <= 1 for before, after in itertools.pairwise(rows))


@pytest.mark.parametrize("turn", [lambda x: x[::-1], lambda x: x[:, ::-1], lambda x: x.T])
def test_a_turned_map_is_thinned_to_the_turned_lines(turn) -> None:  # type: ignore[no-untyped-def]
    edges = np.maximum(_ridge(20, 16, 4, slope=0.6), 0.7 * _ridge(20, 16, 14, slope=-0.2))
    assert np.array_equal(_thin(np.ascontiguousarray(turn(edges))), turn(_thin(edges)))
