"""Batched augmentation on the device: pixel sampling, and the usual transforms, of images and part maps together."""

from ccreid.augment.batch import BatchError
from ccreid.augment.crop import RandomCrop
from ccreid.augment.erasing import RandomErasing
from ccreid.augment.flip import RandomFlip
from ccreid.augment.jitter import ColourJitter
from ccreid.augment.normalise import IMAGENET_MEAN, IMAGENET_STD, Normalise
from ccreid.augment.pipeline import Augmentation
from ccreid.augment.pixel_sampling import PixelSampling

__all__ = [
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "Augmentation",
    "BatchError",
    "ColourJitter",
    "Normalise",
    "PixelSampling",
    "RandomCrop",
    "RandomErasing",
    "RandomFlip",
]
