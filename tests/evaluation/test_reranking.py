from unittest import mock

import numpy as np
import pytest
from closeness import assert_close, rounding
from evaluation.plain_reranking import rerank_plainly
from hypothesis import given, settings
from hypothesis import strategies as st

from ccreid.evaluation import RankingError, Reranking, rerank


def people(seed: int, images: int, identities: int = 6, width: int = 8) -> np.ndarray:
    """Return features in clusters, without which hardly any neighbour is reciprocal."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(identities, width))
    return centres[rng.integers(identities, size=images)] + 0.5 * rng.normal(size=(images, width))


@pytest.mark.slow
@given(
    seed=st.integers(0, 2**31),
    queries=st.integers(1, 10),
    gallery=st.integers(1, 30),
    k1=st.sampled_from([1, 3, 5, 8, 20]),
    k2=st.sampled_from([1, 2, 6]),
    weight=st.sampled_from([0.0, 0.3, 1.0]),
    block=st.sampled_from([1, 50, 10_000_000]),
)
@settings(max_examples=60, deadline=None)
def test_it_agrees_with_plain_python(
    seed: int, queries: int, gallery: int, k1: int, k2: int, weight: float, block: int
) -> None:
    query, others = people(seed, queries), people(seed + 1, gallery)
    k2 = min(k2, k1 + 1)
    with (
        mock.patch("ccreid.evaluation.reranking._BLOCK", block),
        mock.patch("ccreid.evaluation.reranking._PAIRS", block),
        mock.patch("ccreid.evaluation.reranking._IMAGES", min(block, 1000)),
    ):
        got = rerank(query, others, Reranking(k1, k2, weight))
    assert got.dtype == np.float32
    expected = rerank_plainly(query.tolist(), others.tolist(), k1, k2, weight)
    assert_close(got, expected, terms=queries + gallery, scale=1)


@pytest.mark.slow
def test_the_papers_numbers_agree_with_plain_python_on_float32_features_of_length_1() -> None:
    query, gallery = people(0, 20, width=64).astype(np.float32), people(1, 70, width=64).astype(np.float32)
    query /= np.linalg.norm(query, axis=1, keepdims=True)
    gallery /= np.linalg.norm(gallery, axis=1, keepdims=True)
    expected = rerank_plainly(query.tolist(), gallery.tolist(), 20, 6, 0.3)
    assert_close(rerank(query, gallery), expected, terms=90, scale=1)


def test_the_numbers_are_the_papers() -> None:
    assert Reranking() == Reranking(k1=20, k2=6, weight=0.3)


def test_a_weight_of_1_leaves_each_querys_order_as_it_was() -> None:
    query, gallery = people(0, 5), people(1, 40)
    plain = ((query[:, None] - gallery) ** 2).sum(axis=2)
    got = rerank(query, gallery, Reranking(weight=1.0))
    assert got.argsort(axis=1).tolist() == plain.argsort(axis=1).tolist()


def test_images_that_are_all_equal_have_finite_distances() -> None:
    got = rerank(np.ones((3, 4)), np.ones((5, 4)))
    assert np.isfinite(got).all()
    assert rerank(np.ones((1, 4)), np.ones((1, 4)), Reranking(1, 2)) == pytest.approx(0, abs=rounding(1))


@pytest.mark.parametrize(("numbers", "message"), [((0, 1), "k1 is 0"), ((5, 7), "k2 7"), ((5, 0), "k2 0")])
def test_numbers_that_cannot_be_are_refused(numbers: tuple[int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Reranking(*numbers)
    with pytest.raises(ValueError, match=r"weight is 1\.5"):
        Reranking(weight=1.5)


def test_features_that_are_not_finite_are_refused() -> None:
    with pytest.raises(RankingError, match="query_features have NaN"):
        rerank([[np.nan]], [[1.0]])
