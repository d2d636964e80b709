"""Ranking sets of images by their features and the labels that come with them."""

from ccreid.evaluation.features import Features
from ccreid.evaluation.ranking import RankingMetrics, evaluate_ranking
from ccreid.evaluation.reranking import Reranking


def evaluate_features(query: Features, gallery: Features, reranking: Reranking | None = None) -> RankingMetrics:
    """Evaluate queries in a gallery: `evaluate_ranking` with all that the two sets know of their images.

    The camera filter applies, the clothes filter where both sides carry clothes, and absent images count as misses.

    Raises:
        RankingError: See `evaluate_ranking`.
    """
    filtered = query.clothes is not None and gallery.clothes is not None
    return evaluate_ranking(
        query.features,
        gallery.features,
        query.identities,
        gallery.identities,
        query.cameras,
        gallery.cameras,
        query_clothes=query.clothes if filtered else None,
        gallery_clothes=gallery.clothes if filtered else None,
        query_present=query.present,
        gallery_present=gallery.present,
        reranking=reranking,
    )
