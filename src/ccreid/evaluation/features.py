"""A set of images as arrays, and its ranking: what evaluation works on once the model has run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ccreid.evaluation.ranking import MatchClothes, RankingMetrics, evaluate_ranking
from ccreid.evaluation.reranking import Reranking


@dataclass(frozen=True, eq=False)
class Features:
    """Features of N images, or of N tracks of images, beside what is known of them.

    Attributes:
        features: float (N, D); a row of zeros where the model found nothing in the image to describe, such as no face.
        identities: (N,), integers or strings.
        cameras: (N,), integers or strings: what a match may not share with its query. In settings that compare less
            than the camera, `evaluate_model` puts tracklets or paths here.
        clothes: (N,), integers or strings: the outfit; None where that is not compared.
        paths: N file names, of tracks those of their middle images, for ranked lists and for single-shot draws that do
            not depend on the images' order.
        match_clothes: What a match of these queries wears, where outfits are compared: `other` clothes, or the `same`.
    """

    features: npt.NDArray[np.floating]
    identities: npt.NDArray[Any]
    cameras: npt.NDArray[Any]
    clothes: npt.NDArray[Any] | None = None
    paths: Sequence[str] | None = None
    match_clothes: MatchClothes = "other"

    def __len__(self) -> int:
        return len(self.features)

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """Which images have a feature, (N,): the others are misses, never found and finding nothing."""
        return np.asarray(np.any(self.features, axis=1))

    def take(self, indices: npt.NDArray[np.integer]) -> "Features":
        """Return the images with these indices, in their order."""
        return replace(
            self,
            features=self.features[indices],
            identities=self.identities[indices],
            cameras=self.cameras[indices],
            clothes=None if self.clothes is None else self.clothes[indices],
            paths=None if self.paths is None else [self.paths[index] for index in indices],
        )


def evaluate_features(query: Features, gallery: Features, reranking: Reranking | None = None) -> RankingMetrics:
    """Evaluate queries in a gallery: `evaluate_ranking` with all that the two sets know of their images.

    The camera filter applies, the clothes filter where both sides carry clothes, and absent images count as misses.

    Args:
        query: Images that are looked for; they say what a match wears.
        gallery: Images that are searched.
        reranking: Ranks the gallery by the distances of `rerank` instead.

    Returns:
        The metrics over all queries that have a match.

    Raises:
        RankingError: See `evaluate_ranking`.

    Example:
        >>> query = Features(np.eye(3), identities=np.arange(3), cameras=np.array(["C", "C", "C"]))
        >>> gallery = Features(np.eye(3), identities=np.array([0, 1, 1]), cameras=np.array(["A", "A", "A"]))
        >>> metrics = evaluate_features(query, gallery)
        >>> metrics.rank(1), metrics.queries, metrics.skipped
        (1.0, 2, 1)
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
        match_clothes=query.match_clothes if filtered else "other",
        query_present=query.present,
        gallery_present=gallery.present,
        reranking=reranking,
    )
