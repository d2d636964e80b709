"""The connected pieces of a map or a mask: pixels of one value that touch at a side or a corner."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def label_pieces(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """Number the connected pieces of a mask.

    Args:
        mask: (H, W).

    Returns:
        int32 (H, W), 0 outside of the mask and 1..N in its pieces; and N.

    Example:
        >>> label_pieces(np.array([[1, 1, 0, 0], [0, 0, 0, 1]], bool))[0].tolist()
        [[1, 1, 0, 0], [0, 0, 0, 2]]
    """
    runs = _connected_runs(mask.astype(np.uint8))
    labels = np.zeros(mask.shape, np.int32)
    numbers: dict[int, int] = {}
    for row, start, end, piece in zip(runs.rows, runs.starts, runs.ends, runs.pieces, strict=True):
        labels[row, start:end] = numbers.setdefault(piece, len(numbers) + 1)
    return labels, len(numbers)


def piece_sizes(values: NDArray[np.uint8]) -> list[int]:
    """Return the number of pixels of each connected piece of one value other than 0.

    Args:
        values: uint8 (H, W).
    """
    runs = _connected_runs(values)
    sizes: dict[int, int] = {}
    for start, end, piece in zip(runs.starts, runs.ends, runs.pieces, strict=True):
        sizes[piece] = sizes.get(piece, 0) + end - start
    return list(sizes.values())


@dataclass(frozen=True)
class _Runs:
    """Runs of one value other than 0 in a row, row by row: where each is, and the first run of its piece or another."""

    rows: list[int]
    starts: list[int]
    ends: list[int]
    pieces: list[int]


def _connected_runs(values: NDArray[np.uint8]) -> _Runs:
    padded = np.zeros((values.shape[0], values.shape[1] + 2), np.uint8)
    padded[:, 1:-1] = values
    changes = padded[:, 1:] != padded[:, :-1]
    # Runs of one value in a row: where each begins, and where the next run or the border is.
    row_of, start_of = np.nonzero(changes)
    value_of = padded[:, 1:][row_of, start_of]
    real = np.flatnonzero(value_of)  # every such run ends at the next change of its row
    rows, starts, ends = row_of[real].tolist(), start_of[real].tolist(), start_of[real + 1].tolist()
    kinds = value_of[real].tolist()
    above = list(range(len(rows)))

    def top(run: int) -> int:
        while above[run] != run:
            above[run] = above[above[run]]
            run = above[run]
        return run

    first = 0
    for run, row in enumerate(rows):
        # Runs of the row above that end left of this one touch none of the runs to come.
        while rows[first] < row - 1 or (rows[first] == row - 1 and ends[first] < starts[run]):
            first += 1
        other = first
        while rows[other] == row - 1 and starts[other] <= ends[run]:
            if kinds[other] == kinds[run]:
                above[top(run)] = top(other)
            other += 1
    return _Runs(rows, starts, ends, [top(run) for run in range(len(rows))])
