"""The two evaluation protocols, all-gallery and PRCC's single-shot, each result under its protocol's name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ccreid.evaluation.features import Features, evaluate_features
from ccreid.evaluation.ranking import RankingMetrics
from ccreid.evaluation.reranking import Reranking
from ccreid.evaluation.results import Protocol, ResultRow, Setting

DRAWS = 10
"""Single-shot galleries that are drawn and averaged over (Yang et al., TPAMI 2019)."""

# The galleries are the same for every model, so that differences between models are not those of the draws.
_DRAW_SEED = 0


def evaluate_protocols(
    gallery: Features, queries: Mapping[Setting, Features], recipe: str, seed: int
) -> list[ResultRow]:
    """Evaluate each query set under both protocols, as PRCC's are; other data sets have `evaluate_all_gallery` alone.

    - `all-gallery`: every gallery image is ranked.
    - `single-shot`: one random image of each identity is ranked; the mean over 10 such galleries. The galleries come
      from a fixed seed, not from the training's. Where the images have paths they are drawn in the order of these, so
      the order of the data does not matter.

    The camera filter of `evaluate_ranking` applies (it drops nothing in PRCC, where queries and gallery come from
    different cameras), and the clothes filter wherever gallery and queries carry clothes and the setting is `cross`.
    Images without a feature, see `Features.present`, are misses.

    Args:
        gallery: PRCC's camera A.
        queries: By setting, `cross` (PRCC's camera C) and `same` (camera B).
        recipe: Name of the recipe, for the rows.
        seed: Seed of the training, for the rows.

    Returns:
        Four rows for two settings: `cross` before `same` if they are given so, `all-gallery` before `single-shot`.
        Where draws differ in which queries have a match, a query counts as skipped by the draw that skips most; absent
        images are those of the draw with most of them.

    Raises:
        RankingError: See `evaluate_ranking`.
    """
    draws = single_shot_draws(gallery)
    rows = []
    for setting, query in queries.items():
        rows.append(_row(recipe, seed, setting, "all-gallery", [_evaluate(query, gallery, setting)]))
        of_draws = [_evaluate(query, gallery.take(draw), setting) for draw in draws]
        rows.append(_row(recipe, seed, setting, "single-shot", of_draws))
    return rows


def evaluate_all_gallery(
    gallery: Features, queries: Mapping[Setting, Features], recipe: str, seed: int
) -> list[ResultRow]:
    """Evaluate each query set in the whole gallery; filters and arguments are those of `evaluate_protocols`.

    Raises:
        RankingError: See `evaluate_ranking`.
    """
    return [
        _row(recipe, seed, setting, "all-gallery", [_evaluate(query, gallery, setting)])
        for setting, query in queries.items()
    ]


def evaluate_reranked(
    gallery: Features, queries: Mapping[Setting, Features], recipe: str, seed: int, reranking: Reranking
) -> list[ResultRow]:
    """Evaluate each query set in the whole gallery after re-ranking, as rows of the protocol `all-gallery-reranked`.

    Each query set is re-ranked on its own. Filters and arguments are those of `evaluate_protocols`; there is no
    single-shot row, as a gallery of one image an identity has hardly any reciprocal neighbours.

    Raises:
        RankingError: See `evaluate_ranking`.
    """
    return [
        _row(recipe, seed, setting, "all-gallery-reranked", [_evaluate(query, gallery, setting, reranking)])
        for setting, query in queries.items()
    ]


def single_shot_draws(gallery: Features) -> list[npt.NDArray[np.intp]]:
    """Return the image indices (identities,) of each of the `DRAWS` single-shot galleries, one image an identity."""
    generator = np.random.default_rng(_DRAW_SEED)
    paths = np.arange(len(gallery)) if gallery.paths is None else np.asarray(gallery.paths)
    order = np.lexsort((paths, gallery.identities))
    _, starts = np.unique(gallery.identities[order], return_index=True)
    counts = np.diff(np.append(starts, len(order)))
    return [order[starts + generator.integers(counts)] for _ in range(DRAWS)]


def _evaluate(
    query: Features, gallery: Features, setting: Setting, reranking: Reranking | None = None
) -> RankingMetrics:
    # Within clothes a match has its query's outfit.
    searched = query if setting == "cross" else replace(query, clothes=None)
    return evaluate_features(searched, gallery, reranking)


def _row(recipe: str, seed: int, setting: Setting, protocol: Protocol, metrics: Sequence[RankingMetrics]) -> ResultRow:
    total = metrics[0].queries + metrics[0].skipped
    skipped = max(one.skipped for one in metrics)
    return ResultRow(
        recipe=recipe,
        seed=seed,
        setting=setting,
        protocol=protocol,
        R1=float(np.mean([one.rank(1) for one in metrics])),
        R5=float(np.mean([one.rank(5) for one in metrics])),
        R10=float(np.mean([one.rank(10) for one in metrics])),
        mAP=float(np.mean([one.mAP for one in metrics])),
        mINP=float(np.mean([one.mINP for one in metrics])),
        queries=total - skipped,
        skipped=skipped,
        absent_queries=max(one.absent_queries for one in metrics),
        absent_gallery=max(one.absent_gallery for one in metrics),
    )
