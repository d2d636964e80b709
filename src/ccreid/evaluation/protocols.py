"""The two evaluation protocols, all-gallery and PRCC's single-shot, each result under its protocol's name."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ccreid.datasets.retrieval_setting import SettingName
from ccreid.evaluation.features import Features, evaluate_features
from ccreid.evaluation.ranking import RankingMetrics
from ccreid.evaluation.reranking import Reranking
from ccreid.evaluation.results import Protocol, ResultRow

DRAWS = 10
"""Single-shot galleries that are drawn and averaged over (Yang et al., TPAMI 2019)."""

# The galleries are the same for every model, so that differences between models are not those of the draws.
_DRAW_SEED = 0


def evaluate_all_gallery(query: Features, gallery: Features, setting: SettingName, recipe: str, seed: int) -> ResultRow:
    """Evaluate queries in the whole gallery, as the row of the protocol `all-gallery`.

    The camera filter of `evaluate_ranking` applies (it drops nothing in PRCC, where queries and gallery come from
    different cameras), and the clothes filter where both sides carry clothes. Images without a feature, see
    `Features.present`, are misses.

    Args:
        query: Images that are looked for; of PRCC camera C's across clothes, camera B's within.
        gallery: Images that are searched; of PRCC camera A's.
        setting: Name of the setting, for the row.
        recipe: Name of the recipe, for the row.
        seed: Seed of the training, for the row.

    Returns:
        The row, without the data set's name.

    Raises:
        RankingError: See `evaluate_ranking`.
    """
    return _row(recipe, seed, setting, "all-gallery", [evaluate_features(query, gallery)])


def evaluate_single_shot(query: Features, gallery: Features, setting: SettingName, recipe: str, seed: int) -> ResultRow:
    """Evaluate queries in galleries of one random image an identity, as the row of PRCC's protocol `single-shot`.

    The metrics are the mean over 10 such galleries. These come from a fixed seed, not from the training's. Where the
    images have paths they are drawn in the order of these, so the order of the data does not matter. Where draws differ
    in which queries have a match, a query counts as skipped by the draw that skips most; absent images are those of the
    draw with most of them. Filters are those of `evaluate_all_gallery`.

    Args:
        query: Images that are looked for.
        gallery: Images of which the galleries are drawn.
        setting: Name of the setting, for the row.
        recipe: Name of the recipe, for the row.
        seed: Seed of the training, for the row.

    Returns:
        The row, without the data set's name.

    Raises:
        RankingError: See `evaluate_ranking`.
    """
    draws = [evaluate_features(query, gallery.take(draw)) for draw in single_shot_draws(gallery)]
    return _row(recipe, seed, setting, "single-shot", draws)


def evaluate_reranked(
    query: Features, gallery: Features, setting: SettingName, recipe: str, seed: int, reranking: Reranking
) -> ResultRow:
    """Evaluate queries in the whole gallery after re-ranking, as the row of the protocol `all-gallery-reranked`.

    Filters are those of `evaluate_all_gallery`. There is no single-shot row, as a gallery of one
    image an identity has hardly any reciprocal neighbours.

    Args:
        query: Images that are looked for, re-ranked together.
        gallery: Images that are searched.
        setting: Name of the setting, for the row.
        recipe: Name of the recipe, for the row.
        seed: Seed of the training, for the row.
        reranking: Its settings.

    Returns:
        The row, without the data set's name.

    Raises:
        RankingError: See `evaluate_ranking`.
    """
    return _row(recipe, seed, setting, "all-gallery-reranked", [evaluate_features(query, gallery, reranking)])


def single_shot_draws(gallery: Features) -> list[npt.NDArray[np.intp]]:
    """Return the image indices (identities,) of each of the `DRAWS` single-shot galleries, one image an identity."""
    generator = np.random.default_rng(_DRAW_SEED)
    paths = np.arange(len(gallery)) if gallery.paths is None else np.asarray(gallery.paths)
    order = np.lexsort((paths, gallery.identities))
    _, starts = np.unique(gallery.identities[order], return_index=True)
    counts = np.diff(np.append(starts, len(order)))
    return [order[starts + generator.integers(counts)] for _ in range(DRAWS)]


def _row(
    recipe: str, seed: int, setting: SettingName, protocol: Protocol, metrics: Sequence[RankingMetrics]
) -> ResultRow:
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
