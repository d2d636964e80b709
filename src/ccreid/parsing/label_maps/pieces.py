"""The connected pieces of a mask."""

import numpy as np
from numpy.typing import NDArray


def label_pieces(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """Number the connected pieces of a mask, pixels that touch at a side or a corner being of one piece.

    Args:
        mask: (H, W).

    Returns:
        int32 (H, W), 0 outside of the mask and 1..N in its pieces; and N.

    Example:
        >>> label_pieces(np.array([[1, 1, 0, 0], [0, 0, 0, 1]], bool))[0].tolist()
        [[1, 1, 0, 0], [0, 0, 0, 2]]
    """
    rows, starts, ends = _runs(mask)
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
            above[top(run)] = top(other)
            other += 1
    labels = np.zeros(mask.shape, np.int32)
    numbers: dict[int, int] = {}
    for run, row in enumerate(rows):
        labels[row, starts[run] : ends[run]] = numbers.setdefault(top(run), len(numbers) + 1)
    return labels, len(numbers)


def _runs(mask: NDArray[np.bool_]) -> tuple[list[int], list[int], list[int]]:
    """Return row, first column and the column after the last of each run of pixels, row by row."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), np.int8)
    padded[:, 1:-1] = mask
    changes = np.diff(padded, axis=1)
    rows, starts = np.nonzero(changes > 0)
    return rows.tolist(), starts.tolist(), np.nonzero(changes < 0)[1].tolist()
