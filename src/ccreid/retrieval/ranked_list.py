"""The k gallery images nearest to each query, as in Fig. 5 of Shu et al. 2021."""

from typing import NamedTuple

import torch
from torch import Tensor

from ccreid.errors import BadValueError


class RankedList(NamedTuple):
    """The nearest gallery images of each query, nearest first.

    Attributes:
        indices: int64 (Q, k), rows of the gallery.
        distances: float32 (Q, k), Euclidean.
    """

    indices: Tensor
    distances: Tensor


def rank_gallery(query_features: Tensor, gallery_features: Tensor, k: int, block: int = 1024) -> RankedList:
    """Return the k nearest gallery images of each query by Euclidean distance.

    Args:
        query_features: float (Q, D).
        gallery_features: float (G, D); L2-normalised features give the order of the cosine similarity.
        k: Length of the lists; the whole gallery's where it is smaller.
        block: Queries that are compared at a time; bounds the memory at `block` x G floats.

    Raises:
        ValueError: The features are not two matrices of the same width, or k is below 1.

    Example:
        >>> query, gallery = torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
        >>> rank_gallery(query, gallery, k=2).indices
        tensor([[1, 0]])
    """
    if query_features.ndim != 2 or gallery_features.ndim != 2 or query_features.shape[1] != gallery_features.shape[1]:
        raise BadValueError(
            f"features have shapes {tuple(query_features.shape)} and {tuple(gallery_features.shape)}, "
            "expected (Q, D) and (G, D)"
        )
    if k < 1:
        raise BadValueError(f"k is {k}, expected at least 1")
    k = min(k, len(gallery_features))
    nearest = [
        torch.cdist(part.float(), gallery_features.float()).topk(k, dim=1, largest=False)
        for part in torch.split(query_features, block)
    ]
    return RankedList(torch.cat([part.indices for part in nearest]), torch.cat([part.values for part in nearest]))
