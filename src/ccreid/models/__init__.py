"""The compared systems: each maps images to embeddings, logits and one retrieval feature."""

from ccreid.models.backbones.build import BACKBONES, build_backbone
from ccreid.models.baseline import Baseline
from ccreid.models.face import Face
from ccreid.models.gi_reid import GIReID
from ccreid.models.hacnn import HACNN
from ccreid.models.head import Head
from ccreid.models.head_body import HeadBody
from ccreid.models.hpm import HPM
from ccreid.models.mgn import MGN
from ccreid.models.network import ReIDNetwork, ReIDOutput
from ccreid.models.pcb import PCB
from ccreid.models.reid_model import ReIDModel
from ccreid.models.sketchnet import SketchNet
from ccreid.models.spt import SPT
from ccreid.models.stn import STN
from ccreid.models.systems import SYSTEMS, build_model

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
    "GIReID",
    "Head",
    "HeadBody",
    "ReIDModel",
    "ReIDNetwork",
    "ReIDOutput",
    "SketchNet",
    "build_backbone",
    "build_model",
]
