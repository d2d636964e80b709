import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from ccreid.parsing.pieces import label_pieces


def pieces_by_flooding(mask: NDArray[np.bool_]) -> list[set[tuple[int, int]]]:
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    pieces = []
    while left:
        piece, edge = set(), [left.pop()]
        while edge:
            y, x = edge.pop()
            piece.add((y, x))
            for near in [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]:
                if near in left:
                    left.remove(near)
                    edge.append(near)
        pieces.append(piece)
    return pieces


@given(arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_pieces_are_those_that_a_flood_finds(mask: NDArray[np.bool_]) -> None:
    labels, count = label_pieces(mask)
    found = [{(int(y), int(x)) for y, x in np.argwhere(labels == piece)} for piece in range(1, count + 1)]
    assert sorted(map(sorted, found)) == sorted(map(sorted, pieces_by_flooding(mask)))
    assert np.array_equal(labels > 0, mask)
