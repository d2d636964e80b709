"""Looking for people in other clothes than they wear on the photo: the query says nothing of clothes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ccreid.errors import BadValueError
from ccreid.models.reid_model import ReIDModel
from ccreid.retrieval.entry import unit_length


def clothes_left_out(features: NDArray[np.floating], model: ReIDModel) -> NDArray[np.float32]:
    """Return features with zeros where they say what is worn, of length 1: queries for people in other clothes.

    A gallery's features stay as they are, so that one gallery answers both kinds of queries: what they say of clothes
    is of one length in all of them, and so takes the same share of every similarity. None reaches 1 then, and the
    model's thresholds do not hold.

    Args:
        features: (N, D) of the model.
        model: One whose feature keeps clothes apart, such as ccreid-small.

    Returns:
        float32 (N, D); zero where nothing is left, as of a photo without a head.

    Raises:
        BadValueError: The model does not keep clothes apart.
    """
    start = model.network.clothes_from
    if start is None:
        raise BadValueError(
            f"{model.recipe.name or model.recipe.model.system} does not keep clothes apart in its features: search "
            "without that, or with ccreid-small"
        )
    left = features.copy()
    left[:, start:] = 0
    return unit_length(left)


def without_clothes(
    features: NDArray[np.float32], model: ReIDModel, photos: Sequence[str | Path]
) -> NDArray[np.float32]:
    """Return the features of photos as of `clothes_left_out`, once it is sure that something is left of each.

    Args:
        features: float32 (N, D) of the model.
        model: One whose feature keeps clothes apart.
        photos: Whose features they are, for the error's text.

    Raises:
        BadValueError: The model does not keep clothes apart, or of a photo nothing is left, such as no head.
    """
    left = clothes_left_out(features, model)
    for row in np.flatnonzero(~left.any(axis=1)).tolist():
        raise BadValueError(
            f"{photos[row]} shows no head, and so nothing beside clothes: take a photo from another side"
        )
    return left
