from extras import needs

needs("train")

import numpy as np
import pytest
from benchmarks.load_script import load_script
from torch import nn

from ccreid.evaluation.features import Features
from ccreid.models.head_body import HeadBody
from ccreid.models.hpm import HPM

load_script("result_files")
feature_pieces = load_script("feature_pieces")


def test_each_piece_is_searched_by_alone() -> None:
    identities = np.arange(4)
    # The first piece tells all apart, the second has each query look like the next person.
    telling, misleading = np.eye(4), 3 * np.eye(4)[[1, 2, 3, 0]]
    gallery = Features(np.hstack([telling, 3 * np.eye(4)]), identities, np.zeros(4))
    query = Features(np.hstack([telling, misleading]), identities, np.ones(4))
    assert feature_pieces.alone(["head", "body"], query, gallery) == {"all of it": 0, "head": 1, "body": 0}


@pytest.mark.slow
def test_pieces_are_as_many_as_the_model_has() -> None:
    assert len(feature_pieces.pieces(HPM(2, "resnet18"))) == 15
    assert feature_pieces.pieces(HeadBody(2, "resnet18")) == ["head", "body"]
    with pytest.raises(SystemExit, match="Linear"):
        feature_pieces.pieces(nn.Linear(1, 1))


def test_a_table_for_each_kind_of_feature() -> None:
    readings = {"hpm": {"all of it": [0.5, 0.7], "half 1": [0.2, 0.2]}, "head_body": {"all of it": [0.4]}}
    lines = feature_pieces.table(readings, {"hpm": [0, 1], "head_body": [0]})
    assert "| all of it | 60.0 ± 14.1 |" in lines
    assert "| half 1 | 20.0 ± 0.0 |" in lines
    assert "| piece | `head_body`, seeds 0 |" in lines
