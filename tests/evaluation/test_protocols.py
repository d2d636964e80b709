from dataclasses import replace

import numpy as np
import pytest

from ccreid.datasets.retrieval_setting import SettingName
from ccreid.evaluation import (
    Features,
    Reranking,
    evaluate_all_gallery,
    evaluate_ranking,
    evaluate_reranked,
    evaluate_single_shot,
    rerank,
)
from ccreid.evaluation.protocols import single_shot_draws


def _features(identities: list[int], camera: str, seed: int, clothes: list[str] | None = None) -> Features:
    features = np.random.default_rng(seed).normal(size=(len(identities), 6))
    return Features(
        features,
        np.array(identities),
        np.array([camera] * len(identities)),
        None if clothes is None else np.array(clothes),
        [f"{camera}/{i:03}.jpg" for i in range(len(identities))],
    )


GALLERY = _features([0] * 5 + [1] * 3 + [2] * 1 + [3] * 4, "A", seed=0)
CROSS = _features([0, 1, 2, 3, 3, 9], "C", seed=1)
SAME = _features([0, 0, 1, 2], "B", seed=2)
SETTINGS: dict[SettingName, Features] = {"cross": CROSS, "same": SAME}


def test_each_setting_has_a_row_under_each_protocol() -> None:
    rows = [
        evaluate(query, GALLERY, setting, recipe="baseline", seed=3)
        for evaluate in (evaluate_all_gallery, evaluate_single_shot)
        for setting, query in SETTINGS.items()
    ]
    assert [(row.setting, row.protocol, row.queries, row.skipped) for row in rows] == [
        ("cross", "all-gallery", 5, 1),
        ("same", "all-gallery", 4, 0),
        ("cross", "single-shot", 5, 1),
        ("same", "single-shot", 4, 0),
    ]
    assert {(row.recipe, row.seed) for row in rows} == {("baseline", 3)}


def test_all_gallery_ranks_every_image() -> None:
    row = evaluate_all_gallery(CROSS, GALLERY, "cross", "baseline", 0)
    metrics = evaluate_ranking(CROSS.features, GALLERY.features, CROSS.identities, GALLERY.identities)
    assert [metrics.rank(k) for k in (1, 5, 10)] == [row.R1, row.R5, row.R10]
    assert (row.mAP, row.mINP) == (metrics.mAP, metrics.mINP)


def test_single_shot_is_the_mean_over_ten_galleries_of_one_image_an_identity() -> None:
    row = evaluate_single_shot(CROSS, GALLERY, "cross", "baseline", 0)
    draws = single_shot_draws(GALLERY)
    assert len(draws) == 10
    scores = []
    for draw in draws:
        assert GALLERY.identities[draw].tolist() == [0, 1, 2, 3]
        scores.append(evaluate_ranking(CROSS.features, GALLERY.features[draw], CROSS.identities, np.arange(4)))
    assert sum(one.rank(1) for one in scores) / 10 == pytest.approx(row.R1)
    assert row.mAP == pytest.approx(sum(one.mAP for one in scores) / 10)
    # With one match a query, average precision and inverse penalty are both 1 / rank.
    assert row.mINP == pytest.approx(row.mAP)


def test_draws_vary_and_reach_every_image() -> None:
    drawn = {int(index) for draw in single_shot_draws(_features([0, 0, 0, 1, 1], "A", 0)) for index in draw}
    assert drawn == {0, 1, 2, 3, 4}


def test_draws_do_not_depend_on_the_order_of_images_that_have_paths() -> None:
    assert GALLERY.paths is not None
    order = np.random.default_rng(5).permutation(len(GALLERY))
    shuffled = GALLERY.take(order)
    assert shuffled.paths is not None
    for one, other in zip(single_shot_draws(GALLERY), single_shot_draws(shuffled), strict=True):
        assert [GALLERY.paths[i] for i in one] == [shuffled.paths[i] for i in other]


def test_the_seed_of_the_training_does_not_change_the_galleries() -> None:
    one, other = (evaluate_single_shot(CROSS, GALLERY, "cross", "baseline", seed) for seed in (0, 1))
    assert one.mAP == other.mAP


def test_the_clothes_filter_applies_where_both_sides_carry_clothes() -> None:
    gallery = _features([0, 0, 1], "A", 0, clothes=["x", "y", "z"])
    query = _features([0, 1, 0], "C", 1, clothes=["x", "z", "w"])
    cross = evaluate_all_gallery(query, gallery, "cross", "baseline", 0)
    same = evaluate_all_gallery(replace(query, clothes=None), gallery, "same", "baseline", 0)
    assert (cross.queries, cross.skipped) == (2, 1)
    assert (same.queries, same.skipped) == (3, 0)


def test_a_query_counts_as_skipped_by_the_draw_that_skips_most() -> None:
    # Half of identity 0's images are from the query's camera, so some draws leave it without a match.
    gallery = Features(np.eye(3), np.array([0, 0, 1]), np.array(["A", "B", "A"]))
    query = Features(np.eye(3)[:2], np.array([0, 1]), np.array(["B", "B"]))
    row = evaluate_single_shot(query, gallery, "cross", "baseline", 0)
    assert (row.queries, row.skipped) == (1, 1)


def test_reranked_rows_have_a_protocol_of_their_own() -> None:
    rows = [
        evaluate_reranked(query, GALLERY, setting, "baseline", 3, Reranking()) for setting, query in SETTINGS.items()
    ]
    assert [(row.setting, row.protocol, row.queries, row.skipped) for row in rows] == [
        ("cross", "all-gallery-reranked", 5, 1),
        ("same", "all-gallery-reranked", 4, 0),
    ]
    plain = [evaluate_all_gallery(query, GALLERY, setting, "baseline", 3) for setting, query in SETTINGS.items()]
    assert not {row.key for row in rows} & {row.key for row in plain}


def test_reranked_rows_rank_by_the_reranked_distances() -> None:
    distances = rerank(CROSS.features, GALLERY.features)
    row = evaluate_reranked(CROSS, GALLERY, "cross", "baseline", 0, Reranking())
    precisions = []
    for own, identity in zip(distances, CROSS.identities, strict=True):
        ranked = GALLERY.identities[np.argsort(own, kind="stable")] == identity
        if ranked.any():
            ranks = np.flatnonzero(ranked) + 1
            precisions.append(np.mean(np.arange(1, len(ranks) + 1) / ranks))
    assert row.mAP == pytest.approx(np.mean(precisions))
    assert row.mAP != evaluate_all_gallery(CROSS, GALLERY, "cross", "baseline", 0).mAP


def test_images_without_a_feature_are_misses_and_counted() -> None:
    gallery = Features(GALLERY.features.copy(), GALLERY.identities, GALLERY.cameras, paths=GALLERY.paths)
    query = Features(CROSS.features.copy(), CROSS.identities, CROSS.cameras)
    gallery.features[:5] = 0  # all images of identity 0
    query.features[[1, 5]] = 0  # the query of identity 1, and one that has no match anyway
    whole = evaluate_all_gallery(query, gallery, "cross", "face", 0)
    single = evaluate_single_shot(query, gallery, "cross", "face", 0)
    counts = [(row.queries, row.skipped, row.absent_queries, row.absent_gallery) for row in (whole, single)]
    assert counts == [(5, 1, 1, 5), (5, 1, 1, 1)]
    # The queries of identities 0 and 1 find nothing; the three others do among the 8 or 3 images that have a feature.
    for row in (whole, single):
        assert abs(row.R10 - 3 / 5) < 1e-9
    reranked = evaluate_reranked(query, gallery, "cross", "face", 0, Reranking())
    assert (reranked.absent_queries, reranked.absent_gallery) == (1, 5)
    assert reranked.R10 <= 3 / 5
