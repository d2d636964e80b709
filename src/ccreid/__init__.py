"""Cloth-changing person re-identification with semantic-guided pixel sampling (Shu et al. 2021).

What is listed in `__all__` is the package's public face; each name is imported when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ccreid.augment import Normalise, PixelSampling, RandomErasing
    from ccreid.datasets.image_tree import find_images
    from ccreid.datasets.open_data import open_data_set
    from ccreid.errors import CcreidError
    from ccreid.evaluation.evaluate import evaluate_model
    from ccreid.evaluation.ranking import RankingMetrics, evaluate_ranking
    from ccreid.evaluation.reranking import Reranking, rerank
    from ccreid.losses import BatchHardTriplet, FeatureConsistency, IdentityLoss, TotalLoss
    from ccreid.models.reid_model import ReIDModel
    from ccreid.models.systems import build_model
    from ccreid.parsing.parse_images import parse_images
    from ccreid.parts import Part
    from ccreid.retrieval.gallery import Gallery
    from ccreid.retrieval.ranked_list import rank_gallery
    from ccreid.training.pk_sampler import PKSampler

_HOME: Final = {
    "BatchHardTriplet": "ccreid.losses",
    "CcreidError": "ccreid.errors",
    "FeatureConsistency": "ccreid.losses",
    "Gallery": "ccreid.retrieval.gallery",
    "IdentityLoss": "ccreid.losses",
    "Normalise": "ccreid.augment",
    "PKSampler": "ccreid.training.pk_sampler",
    "Part": "ccreid.parts",
    "PixelSampling": "ccreid.augment",
    "RandomErasing": "ccreid.augment",
    "RankingMetrics": "ccreid.evaluation.ranking",
    "ReIDModel": "ccreid.models.reid_model",
    "Reranking": "ccreid.evaluation.reranking",
    "TotalLoss": "ccreid.losses",
    "build_model": "ccreid.models.systems",
    "evaluate_model": "ccreid.evaluation.evaluate",
    "evaluate_ranking": "ccreid.evaluation.ranking",
    "find_images": "ccreid.datasets.image_tree",
    "open_data_set": "ccreid.datasets.open_data",
    "parse_images": "ccreid.parsing.parse_images",
    "rank_gallery": "ccreid.retrieval.ranked_list",
    "rerank": "ccreid.evaluation.reranking",
}
"""Where each public name lives."""

__all__ = [
    "BatchHardTriplet",
    "CcreidError",
    "FeatureConsistency",
    "Gallery",
    "IdentityLoss",
    "Normalise",
    "PKSampler",
    "Part",
    "PixelSampling",
    "RandomErasing",
    "RankingMetrics",
    "ReIDModel",
    "Reranking",
    "TotalLoss",
    "build_model",
    "evaluate_model",
    "evaluate_ranking",
    "find_images",
    "open_data_set",
    "parse_images",
    "rank_gallery",
    "rerank",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("ccreid")
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
        globals()[name] = value  # found without this function from now on
        return value
    from ccreid.errors import nearest

    raise AttributeError(f"module 'ccreid' has no attribute {name!r}: {nearest(name, __all__)}")


def __dir__() -> list[str]:
    return sorted({*__all__, "__version__"})
