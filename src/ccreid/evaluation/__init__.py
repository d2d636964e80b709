"""Evaluation: features, rankings, settings and protocols, and the file of results."""

from ccreid.evaluation.feature_matrix import RankingError
from ccreid.evaluation.features import Features
from ccreid.evaluation.protocols import evaluate_all_gallery, evaluate_protocols, evaluate_reranked
from ccreid.evaluation.ranking import RankingMetrics, evaluate_ranking
from ccreid.evaluation.reranking import Reranking, rerank
from ccreid.evaluation.results import ResultRow, ResultsError, read_results, write_results
from ccreid.models.extraction import extract_features
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
    "evaluate_protocols",
    "evaluate_ranking",
    "evaluate_reranked",
    "extract_features",
    "provenance",
    "read_results",
    "rerank",
    "write_results",
]
