"""Evaluation: features, rankings, settings and protocols, and the file of results."""

from ccreid.evaluation.evaluate import evaluate_model
from ccreid.evaluation.feature_matrix import RankingError
from ccreid.evaluation.features import Features, evaluate_features
from ccreid.evaluation.protocols import evaluate_all_gallery, evaluate_reranked, evaluate_single_shot
from ccreid.evaluation.ranking import RankingMetrics, evaluate_ranking
from ccreid.evaluation.reranking import Reranking, rerank
from ccreid.evaluation.results import ResultRow, ResultsError, read_results, write_results
from ccreid.provenance import Provenance, data_fingerprint, provenance

__all__ = [
    "Features",
    "Provenance",
    "RankingError",
    "RankingMetrics",
    "Reranking",
    "ResultRow",
    "ResultsError",
    "data_fingerprint",
    "evaluate_all_gallery",
    "evaluate_features",
    "evaluate_model",
    "evaluate_ranking",
    "evaluate_reranked",
    "evaluate_single_shot",
    "provenance",
    "read_results",
    "rerank",
    "write_results",
]
