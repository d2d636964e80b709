"""The losses of the method: identity, batch-hard triplet, feature consistency, and their sum."""

from ccreid.losses.clothes_adversarial import ClothesAdversarialLoss
from ccreid.losses.consistency import FeatureConsistency, SigmoidConsistency
from ccreid.losses.identity import IdentityLoss
from ccreid.losses.supervised_contrastive import SupervisedContrastive
from ccreid.losses.total import GlobalBatch, Losses, TotalLoss
from ccreid.losses.triplet import BatchHardTriplet

__all__ = [
    "BatchHardTriplet",
    "ClothesAdversarialLoss",
    "FeatureConsistency",
    "GlobalBatch",
    "IdentityLoss",
    "Losses",
    "SigmoidConsistency",
    "SupervisedContrastive",
    "TotalLoss",
]
