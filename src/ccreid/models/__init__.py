"""The compared systems: each maps images to embeddings, logits and one retrieval feature."""

from ccreid.models.backbones.build import BACKBONES, UnknownBackboneError, build_backbone
from ccreid.models.backbones.timm_backbone import TimmError
from ccreid.models.backbones.transformers_backbone import TransformersError
from ccreid.models.baseline import Baseline
from ccreid.models.face import Face, FacePackagesError
from ccreid.models.gi_reid import GIReID
from ccreid.models.hacnn import HACNN
from ccreid.models.head import Head
from ccreid.models.head_body import HeadBody
from ccreid.models.hpm import HPM
from ccreid.models.mgn import MGN
from ccreid.models.network import ReIDOutput
from ccreid.models.pcb import PCB
from ccreid.models.sketchnet import SketchNet
from ccreid.models.spt import SPT
from ccreid.models.stn import STN
from ccreid.models.systems import SYSTEMS, UnknownSystemError, build_model
from ccreid.weight_files import WeightsError

__all__ = [
    "BACKBONES",
    "HACNN",
    "HPM",
    "MGN",
    "PCB",
    "SPT",
    "STN",
    "SYSTEMS",
    "Baseline",
    "Face",
    "FacePackagesError",
    "GIReID",
    "Head",
    "HeadBody",
    "ReIDOutput",
    "SketchNet",
    "TimmError",
    "TransformersError",
    "UnknownBackboneError",
    "UnknownSystemError",
    "WeightsError",
    "build_backbone",
    "build_model",
]
