"""A table of features as a calibration takes it: the features of people who are known, with what is known of them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ccreid.evaluation.pair_counts import Labelled
from ccreid.retrieval.feature_mark import FeatureMark, require_same_model
from ccreid.retrieval.feature_table import read_mark, read_rows


def labelled_table(path: Path) -> Labelled:
    """Return a table's features; errors are those of `read_mark`.

    Args:
        path: A table of `ccreid embed`.
    """
    pieces = list(read_rows(path))
    width = read_mark(path).width
    vectors = np.concatenate([np.empty((0, width), np.float32), *(rows.vectors for rows in pieces)])
    said = [(one.identity, one.clothes, one.camera, one.track) for rows in pieces for one in rows.entries]
    return Labelled.of(vectors, said)


def common_mark(paths: Sequence[Path]) -> FeatureMark:
    """Return the mark of tables that are of one model.

    Args:
        paths: The tables, one or more.

    Raises:
        OtherModelError: They are of two models.
    """
    marks = [read_mark(path) for path in paths]
    for path, mark in zip(paths, marks, strict=True):
        require_same_model(mark, marks[0], str(path))
    return marks[0]
