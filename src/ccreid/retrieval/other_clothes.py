"""Looking for people in other clothes than they wear on the photo: the query says nothing of clothes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ccreid.errors import BadValueError
from ccreid.models.reid_model import ReIDModel
from ccreid.retrieval.entry import unit_length


def without_clothes(
    features: NDArray[np.float32], model: ReIDModel, photos: Sequence[str | Path] = ()
) -> NDArray[np.float32]:
    """Return features with zeros where they say what is worn, of length 1: queries for people in other clothes.

    A gallery's features stay as they are, so that one gallery answers both kinds of queries: what they say of clothes
    is of one length in all of them, and so takes the same share of every similarity. None reaches 1 then, and the
    model's thresholds do not hold.

    Args:
        features: float32 (N, D) of the model.
        model: One whose feature keeps clothes apart, such as ccreid-small.
        photos: Of the features, for the error's text.

    Raises:
        BadValueError: The model does not tell clothes apart, or of a photo nothing is left, such as no head.
    """
    start = model.network.clothes_from
    if start is None:
        raise BadValueError(
            f"{model.recipe.name or model.recipe.model.system} does not keep clothes apart in its features: search "
            "without that, or with ccreid-small"
        )
    left = features.copy()
    left[:, start:] = 0
    for row in np.flatnonzero(~left.any(axis=1)).tolist():
        photo = photos[row] if row < len(photos) else f"photo {row}"
        raise BadValueError(f"{photo} shows no head, and so nothing beside clothes: take a photo from another side")
    return unit_length(left)
