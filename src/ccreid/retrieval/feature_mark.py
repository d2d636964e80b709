"""Which model features are of: what is kept beside them, so that those of two models are never compared."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self

import numpy as np
import torch

from ccreid import __version__
from ccreid.errors import CcreidError
from ccreid.models.reid_model import ReIDModel

FORMAT: Final = "ccreid-features-1"

Precision = Literal["float16", "float32"]


class OtherModelError(CcreidError, ValueError):
    """Features of two models meet; the message names both."""


class FeatureMarkError(CcreidError, ValueError):
    """Something holds no features of ccreid's."""


@dataclass(frozen=True)
class FeatureMark:
    """What features are of.

    Attributes:
        model: Fingerprint of the model: of its weights, its system and the size that its images have.
        name: The model's name, for people.
        width: Numbers in a feature.
        size: Height and width of its images in pixels, such as 256x128.
        precision: Of the features where they are stored.
        of: "images", or "tracks".
        version: Of the ccreid that made them.
    """

    model: str
    name: str
    width: int
    size: str
    precision: str = "float16"
    of: str = "images"
    version: str = __version__

    def tree(self) -> dict[str, str]:
        """Return it as text by name, as tables and collections keep it."""
        return {
            "ccreid.format": FORMAT,
            "ccreid.model": self.model,
            "ccreid.model_name": self.name,
            "ccreid.features": str(self.width),
            "ccreid.image_size": self.size,
            "ccreid.precision": self.precision,
            "ccreid.of": self.of,
            "ccreid.version": self.version,
        }

    @classmethod
    def from_tree(cls, tree: Mapping[str, str], where: str) -> Self:
        """Return what `tree` returned.

        Args:
            tree: Such text, possibly beside other.
            where: What it was found in, for the error.

        Raises:
            FeatureMarkError: It is not ccreid's.
        """
        if tree.get("ccreid.format") != FORMAT:
            raise FeatureMarkError(f"{where} holds no features of ccreid's: make them with `ccreid embed IMAGES OUT`")
        try:
            return cls(
                tree["ccreid.model"],
                tree["ccreid.model_name"],
                int(tree["ccreid.features"]),
                tree["ccreid.image_size"],
                tree["ccreid.precision"],
                tree["ccreid.of"],
                tree["ccreid.version"],
            )
        except (KeyError, ValueError) as error:
            raise FeatureMarkError(
                f"{where} does not say as it should what its features are of ({error}): embed the images again"
            ) from error

    def __str__(self) -> str:
        return f"{self.name} ({self.model[:12]})"


def mark_of(
    model: ReIDModel, precision: Precision = "float16", of: Literal["images", "tracks"] = "images"
) -> FeatureMark:
    """Return the mark of features that a model makes.

    Args:
        model: The model; it is run on one image, for the width of its features.
        precision: Of the features where they are to be stored.
        of: What each feature is of.
    """
    height, width = model.size
    features = model.embed(np.zeros((height, width, 3), np.uint8), progress=False)
    return FeatureMark(fingerprint(model), model.name, features.shape[1], f"{height}x{width}", precision, of)


def fingerprint(model: ReIDModel) -> str:
    """Return what tells a model from others, see `FeatureMark.model`."""
    height, width = model.size
    digest = hashlib.sha256(f"{FORMAT} {type(model.network).__name__} {height}x{width}\n".encode())
    for name, value in sorted(model.network.state_dict().items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def require_same_model(found: FeatureMark, wanted: FeatureMark, where: str) -> None:
    """Refuse features of another model.

    Args:
        found: Of the features that are there.
        wanted: Of those that are to be compared with them or added to them.
        where: What holds those that are there, for the error.

    Raises:
        OtherModelError: They are of two models.
    """
    if found.model != wanted.model:
        raise OtherModelError(
            f"{where} holds features of the model {found}, and these are of {wanted}: features of two models cannot be "
            "compared, use that model or choose another place"
        )
