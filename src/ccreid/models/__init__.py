"""The compared systems: each maps images to embeddings, logits and one retrieval feature."""

from ccreid.models.backbones import BACKBONES, UnknownBackboneError, build_backbone
from ccreid.models.baseline import Baseline
from ccreid.models.output import ReIDOutput
from ccreid.models.timm_backbone import TimmError
from ccreid.weight_files import WeightsError

__all__ = [
    "BACKBONES",
    "Baseline",
    "ReIDOutput",
    "TimmError",
    "UnknownBackboneError",
    "WeightsError",
    "build_backbone",
]
