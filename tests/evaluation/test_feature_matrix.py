import numpy as np
import pytest
import torch

from ccreid.evaluation.feature_matrix import FeatureMatrix, RankingError, feature_matrices, gallery_order

UNIT = torch.eye(3, 8)


@pytest.mark.parametrize(
    ("query", "gallery", "expected"),
    [
        (UNIT, UNIT.bfloat16(), torch.float32),
        (UNIT.numpy(), UNIT.half().numpy(), torch.float32),
        (UNIT, 2 * UNIT, torch.float64),
        (UNIT.double(), UNIT, torch.float64),
        (UNIT.int().numpy(), UNIT, torch.float64),
        (UNIT.tolist(), UNIT.tolist(), torch.float64),
    ],
)
def test_only_short_floats_of_length_1_are_compared_in_float32(
    query: torch.Tensor, gallery: torch.Tensor, expected: torch.dtype
) -> None:
    one, other = feature_matrices(query, gallery)
    assert one.precision == other.precision == expected
    assert one.rows(slice(0, 1)).dtype == expected


def test_values_whose_squares_are_too_large_for_float32_are_finite_all_the_same() -> None:
    one, _ = feature_matrices(torch.full((2, 3), 1e30), torch.full((2, 3), 1e300, dtype=torch.float64))
    assert one.precision == torch.float64
    with pytest.raises(RankingError, match="gallery_features have NaN or infinite values in 1 of 2 rows"):
        feature_matrices(torch.full((2, 3), 1e30), torch.tensor([[1e30], [torch.inf]]).expand(2, 3))


def test_features_are_not_copied() -> None:
    array = np.eye(4, 6, dtype=np.float32)
    tensor = torch.from_numpy(array)
    one, other = feature_matrices(array, tensor)
    assert one.values.data_ptr() == other.values.data_ptr() == tensor.data_ptr()


@pytest.mark.parametrize("width", [1, 6, 7])
def test_equal_rows_share_a_hash_and_others_do_not(width: int) -> None:
    rng = np.random.default_rng(0)
    rows = rng.choice([-1.0, 0.0, 1.0], size=(200, width))
    matrix, _ = feature_matrices(np.where(rows == 0, rng.choice([-0.0, 0.0], size=rows.shape), rows), rows)
    hashes = matrix.row_hashes()
    distinct = {tuple(row): {int(h) for h in hashes[(rows == row).all(axis=1)]} for row in rows}
    assert all(len(found) == 1 for found in distinct.values())
    assert len(set(hashes.tolist())) == len(distinct)


def test_the_gallerys_order_marks_the_first_of_equal_rows() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(5, 3))[rng.integers(5, size=30)]
    _, gallery = feature_matrices(rows, rows)
    order = gallery_order(gallery)
    ordered = rows[order.order]
    assert sorted(order.order.tolist()) == list(range(30))
    assert order.first.tolist() == [True, *(ordered[1:] != ordered[:-1]).any(axis=1).tolist()]
    assert order.first.sum() == len(np.unique(rows, axis=0))


def test_different_rows_that_share_a_hash_stay_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FeatureMatrix, "row_hashes", lambda self: np.zeros(len(self), dtype=np.uint64))
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0]])
    _, gallery = feature_matrices(rows, rows)
    order = gallery_order(gallery)
    assert order.order.tolist() == [0, 1, 2, 3, 4]
    assert order.first.tolist() == [True, True, False, True, True]
