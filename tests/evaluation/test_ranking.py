from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch
from closeness import rounding
from evaluation.plain_ranking import rank_plainly
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ccreid.evaluation import RankingError, evaluate_ranking


def assert_agrees_with_plain_python(
    seed: int,
    levels: int | None,
    cameras: bool,
    clothes: bool,
    queries: int,
    gallery: int,
    block: int,
    absent: bool = False,
    match_clothes: str = "other",
) -> None:
    """Compare on random features, on few integer levels where ties abound if `levels` is given.

    `absent` gives a third of the images no feature.
    """
    rng = np.random.default_rng(seed)

    def features(count: int) -> np.ndarray:
        return rng.integers(levels, size=(count, 3)) if levels else rng.normal(size=(count, 8)).astype(np.float32)

    def labels(count: int) -> np.ndarray:
        return rng.integers((5, 3, 2), size=(count, 3))

    q, g, q_labels, g_labels = features(queries), features(gallery), labels(queries), labels(gallery)
    used = np.array([True, cameras, clothes])
    q_present, g_present = (rng.random(count) > absent / 3 for count in (queries, gallery))
    expected = rank_plainly(
        q.tolist(),
        g.tolist(),
        [tuple(row) for row in np.where(used, q_labels, None)],
        [tuple(row) for row in np.where(used, g_labels, None)],
        q_present.tolist(),
        g_present.tolist(),
        match_clothes,
    )

    def evaluate() -> Any:
        filters: dict[str, Any] = {"query_present": q_present, "gallery_present": g_present} if absent else {}
        for name, column in (("cameras", 1), ("clothes", 2)):
            if used[column]:
                filters |= {f"query_{name}": q_labels[:, column], f"gallery_{name}": g_labels[:, column]}
        if clothes:
            filters["match_clothes"] = match_clothes
        return evaluate_ranking(q, g, q_labels[:, 0], g_labels[:, 0], **filters)

    with mock.patch("ccreid.evaluation.ranking._BLOCK", block):
        if expected is None:
            with pytest.raises(RankingError, match="has a match"):
                evaluate()
            return
        got = evaluate()
    assert got.cmc == pytest.approx(expected.cmc)
    assert got.mAP == pytest.approx(expected.mean_average_precision)
    assert got.mINP == pytest.approx(expected.mean_inverse_penalty)
    assert (got.queries, got.skipped) == (expected.queries, expected.skipped)
    assert (got.absent_queries, got.absent_gallery) == (expected.absent_queries, gallery - g_present.sum())


@pytest.mark.answers("numbers", "ranking against an independent program, 150 cases")
@pytest.mark.slow
@given(
    seed=st.integers(0, 2**31),
    levels=st.sampled_from([None, 1, 2, 4]),
    cameras=st.booleans(),
    clothes=st.booleans(),
    queries=st.integers(1, 12),
    gallery=st.integers(1, 20),
    block=st.sampled_from([1, 60, 8_000_000]),
    absent=st.booleans(),
    match_clothes=st.sampled_from(["other", "same"]),
)
@settings(max_examples=150)
def test_it_agrees_with_plain_python(
    seed: int,
    levels: int | None,
    cameras: bool,
    clothes: bool,
    queries: int,
    gallery: int,
    block: int,
    absent: bool,
    match_clothes: str,
) -> None:
    assert_agrees_with_plain_python(seed, levels, cameras, clothes, queries, gallery, block, absent, match_clothes)


@pytest.mark.parametrize("levels", [None, 3])
@pytest.mark.parametrize("match_clothes", ["other", "same"])
def test_either_clothes_filter_agrees_with_plain_python(levels: int | None, match_clothes: str) -> None:
    assert_agrees_with_plain_python(
        1,
        levels,
        cameras=True,
        clothes=True,
        queries=20,
        gallery=80,
        block=500,
        absent=True,
        match_clothes=match_clothes,
    )


@pytest.mark.slow
@pytest.mark.parametrize("levels", [None, 3])
def test_it_agrees_with_plain_python_on_a_longer_gallery(levels: int | None) -> None:
    assert_agrees_with_plain_python(0, levels, cameras=True, clothes=False, queries=30, gallery=150, block=1000)


def test_images_without_a_feature_stay_in_the_denominators() -> None:
    query, gallery = [[1.0], [1.0], [0.0]], [[1.0], [0.0], [2.0]]
    metrics = evaluate_ranking(
        query, gallery, [7, 8, 7], [7, 7, 8], query_present=[True, True, False], gallery_present=[True, False, True]
    )
    # Query 1 finds one of its two matches, at rank 1; query 2 its match at rank 2; query 3 finds nothing.
    assert metrics.rank(1) == pytest.approx(1 / 3)
    assert metrics.mAP == pytest.approx((1 / 2 + 1 / 2 + 0) / 3)
    assert metrics.mINP == pytest.approx((0 + 1 / 2 + 0) / 3)
    assert metrics.rank(50) == pytest.approx(2 / 3)
    assert (metrics.queries, metrics.skipped, metrics.absent_queries, metrics.absent_gallery) == (3, 0, 1, 1)


def test_where_nothing_has_a_feature_everything_is_missed() -> None:
    zeros = np.zeros((4, 3), dtype=np.float32)
    metrics = evaluate_ranking(zeros, zeros, [0, 1, 2, 3], [0, 1, 2, 3], query_present=[False] * 4)
    assert (metrics.rank(50), metrics.mAP, metrics.mINP, metrics.absent_queries) == (0, 0, 0, 4)


def test_a_list_of_present_images_of_another_length_is_refused() -> None:
    with pytest.raises(RankingError, match=r"present images has shape \(2,\), expected \(1,\)"):
        evaluate_ranking([[0.0]], [[0.0]], [1], [1], query_present=[True, True])


@pytest.mark.answers("bad data", "a query of somebody whom the gallery has not")
def test_metrics_are_those_worked_out_by_hand() -> None:
    # Ranks of the first query's matches: 2 and 3. Of the second's: 1. The third has none.
    query, gallery = [[0.9], [4.9], [0.0]], [[0.0], [1.0], [5.0]]
    metrics = evaluate_ranking(query, gallery, [7, 7, 9], [7, 8, 7], query_cameras=[1, 2, 1], gallery_cameras=[3, 3, 2])
    # Query 1: wrong, right, right. Query 2 loses the match of its own camera: wrong at 3.9, right at 4.9.
    assert metrics.rank(1) == 0
    assert metrics.rank(2) == 1
    assert metrics.mAP == pytest.approx(((1 / 2 + 2 / 3) / 2 + 1 / 2) / 2)
    assert metrics.mINP == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert (metrics.queries, metrics.skipped) == (2, 1)


def test_matches_in_the_same_clothes_are_those_worked_out_by_hand() -> None:
    # Right in other clothes, which is dropped; wrong; right in the query's; right before its camera, which is dropped.
    query, gallery = [[0.0]], [[1.0], [2.0], [3.0], [4.0]]
    labels = {"query_ids": [7], "gallery_ids": [7, 8, 7, 7], "query_cameras": [1], "gallery_cameras": [2, 2, 2, 1]}
    clothes = {"query_clothes": ["red"], "gallery_clothes": ["blue", "red", "red", "red"]}
    same = evaluate_ranking(query, gallery, **labels, **clothes, match_clothes="same")
    assert (same.rank(1), same.rank(2), same.mAP) == (0, 1, 1 / 2)
    other = evaluate_ranking(query, gallery, **labels, **clothes)
    assert (other.rank(1), other.mAP) == (1, 1)


def test_the_curve_has_50_ranks_and_goes_on_at_1() -> None:
    metrics = evaluate_ranking([[0.0]], [[1.0], [0.5]], [1], [1, 2])
    assert metrics.cmc.tolist() == [0.0] + [1.0] * 49
    assert metrics.rank(50) == 1
    with pytest.raises(RankingError, match="rank 51"):
        metrics.rank(51)
    with pytest.raises(RankingError, match="rank 0"):
        metrics.rank(0)


def test_a_collapsed_model_earns_nothing() -> None:
    rng = np.random.default_rng(0)
    point = rng.normal(size=512).astype(np.float32)
    ids = np.repeat(np.arange(20), 5)
    metrics = evaluate_ranking(np.tile(point, (100, 1)), np.tile(point, (100, 1)), ids, ids)
    # All 95 wrong ones come first.
    assert metrics.rank(50) == 0
    assert metrics.mINP == pytest.approx(5 / 100)


def test_rows_that_differ_in_the_sign_of_zeros_tie() -> None:
    rng = np.random.default_rng(0)
    points = np.tile(rng.normal(size=512) * rng.integers(2, size=512), (100, 1))
    signs = rng.choice([-1.0, 1.0], size=points.shape)
    ids = np.repeat(np.arange(20), 5)
    metrics = evaluate_ranking(points, np.where(points == 0, signs * 0.0, points), ids, ids)
    assert metrics.rank(50) == 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("block", [50, 8_000_000])
def test_features_of_length_1_in_float32_agree_with_plain_python(seed: int, block: int) -> None:
    rng = np.random.default_rng(seed)
    query, gallery = unit_rows(rng, 7, 40), unit_rows(rng, 20, 40)[rng.integers(20, size=35)]
    ids, gallery_ids = np.arange(7) % 4, rng.integers(4, size=35)
    expected = rank_plainly(
        query.tolist(), gallery.tolist(), [(i, None, None) for i in ids], [(i, None, None) for i in gallery_ids]
    )
    assert expected is not None
    with mock.patch("ccreid.evaluation.ranking._BLOCK", block):
        got = evaluate_ranking(query, gallery, ids, gallery_ids)
    assert got.cmc == pytest.approx(expected.cmc)
    assert (got.mAP, got.mINP) == pytest.approx((expected.mean_average_precision, expected.mean_inverse_penalty))


def unit_rows(rng: np.random.Generator, count: int, width: int) -> np.ndarray:
    rows = rng.normal(size=(count, width)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@given(st.integers(0, 2**31), st.booleans())
@settings(max_examples=20)
def test_the_order_of_the_gallery_does_not_matter(seed: int, unit: bool) -> None:
    rng = np.random.default_rng(seed)
    query, gallery = rng.normal(size=(9, 33)), rng.normal(size=(11, 33))[rng.integers(11, size=40)]
    if unit:
        query, gallery = unit_rows(rng, 9, 33), unit_rows(rng, 11, 33)[rng.integers(11, size=40)]
        # Rows that are as near up to rounding may stand in either order.
        similar = np.sort(query @ np.unique(gallery, axis=0).T, axis=1)
        assume(np.diff(similar, axis=1).min() > rounding(1, terms=33))
    ids, gallery_ids = np.arange(9) % 4, rng.integers(4, size=40)
    gallery_ids[:4] = np.arange(4)
    order = rng.permutation(40)
    one = evaluate_ranking(query, gallery, ids, gallery_ids)
    other = evaluate_ranking(query, gallery[order], ids, gallery_ids[order])
    assert one.cmc.tolist() == other.cmc.tolist()
    assert (one.mAP, one.mINP) == (other.mAP, other.mINP)


def test_arrays_tensors_and_strings_give_one_result() -> None:
    rng = np.random.default_rng(0)
    query, gallery = rng.normal(size=(6, 4)).astype(np.float32), rng.normal(size=(9, 4)).astype(np.float32)
    ids, gallery_ids = np.arange(6) % 3, np.arange(9) % 3
    cameras = ["B"] * 6, ["A"] * 8 + ["B"]
    from_arrays = evaluate_ranking(query, gallery, ids, gallery_ids, *cameras)
    tensors = [torch.from_numpy(array) for array in (query, gallery, ids, gallery_ids)]
    from_tensors = evaluate_ranking(*tensors, *cameras)
    from_strings = evaluate_ranking(query, gallery, [f"p{i}" for i in ids], [f"p{i}" for i in gallery_ids], *cameras)
    assert from_arrays.mAP == from_tensors.mAP == from_strings.mAP
    half = evaluate_ranking(tensors[0].bfloat16().requires_grad_(), tensors[1].bfloat16(), ids, gallery_ids)
    assert 0 < half.mAP <= 1


def test_rows_that_differ_in_one_bit_are_not_taken_for_equal() -> None:
    point = unit_rows(np.random.default_rng(0), 1, 64)[0]
    gallery = np.tile(point, (65, 1))
    for column in range(64):
        gallery[column, column] = np.nextafter(point[column], np.float32(2))
        gallery[column, (column + 1) % 64] *= -1
    metrics = evaluate_ranking(point[None], gallery, [64], np.arange(65))
    assert metrics.rank(1) == 1


GOOD = {"query_features": np.zeros((2, 3)), "gallery_features": np.zeros((4, 3)), "query_ids": [0, 1]}


@pytest.mark.answers("bad data", "features of no numbers in a ranking")
@pytest.mark.answers("bad data", "an empty gallery, and no queries")
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"query_features": np.zeros(3)}, r"query_features have shape \(3,\)"),
        ({"gallery_features": np.zeros((0, 3))}, r"gallery_features have shape \(0, 3\)"),
        ({"query_features": np.zeros((2, 5))}, "5 columns and gallery_features 3"),
        ({"query_features": np.array([[np.nan, 0, 0], [0, 0, 0]])}, "in 1 of 2 rows"),
        ({"gallery_features": torch.full((4, 3), torch.inf)}, "in 4 of 4 rows"),
        ({"query_ids": [0, 1, 2]}, r"query_ids have shape \(3,\), expected \(2,\)"),
        ({"gallery_ids": ["a", "b", "c", "d"]}, "both as integers or both as strings"),
        ({"gallery_ids": None}, "gallery_ids are missing"),
        ({"query_cameras": [0, 1]}, "gallery_cameras are missing"),
        ({"gallery_clothes": [0, 1, 2, 3]}, "query_clothes are missing"),
        ({"match_clothes": "same"}, "give query_clothes and gallery_clothes"),
        ({"match_clothes": "any"}, "match_clothes is 'any', expected other or same"),
        ({"query_ids": [8, 9]}, "none of the 2 queries has a match among the 4 gallery images"),
        ({"query_cameras": [1, 1], "gallery_cameras": [1, 1, 1, 1]}, "none of the 2 queries"),
    ],
)
def test_bad_input_is_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(RankingError, match=message):
        evaluate_ranking(**(GOOD | {"gallery_ids": [0, 1, 2, 3]} | changed))
