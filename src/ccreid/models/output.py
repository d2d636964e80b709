"""What every model returns, so that losses, evaluation and retrieval need not know which model it is."""

from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor


class ReIDOutput(NamedTuple):
    """What a model makes of a batch of images (B, 3, H, W).

    Attributes:
        embeddings: One (B, D) for each feature that the triplet and the feature consistency loss compare.
        logits: One (B, N) for each classifier, N training identities, for the identity loss.
        feature: (B, D), what images are searched by. Not normalised; compare by cosine, or L2-normalise first.
        auxiliary: Further losses of the model's own, by name, scalars with their weights in them; only in training.
    """

    embeddings: tuple[Tensor, ...]
    logits: tuple[Tensor, ...]
    feature: Tensor
    auxiliary: Mapping[str, Tensor] = {}
