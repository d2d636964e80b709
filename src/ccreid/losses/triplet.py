"""Batch-hard triplet loss (Shu et al. 2021, Eq. 5; Hermans et al. 2017)."""

import torch
from torch import Tensor, nn

from ccreid.losses.precision import at_least_float32


class BatchHardTriplet(nn.Module):
    """Mean over the batch of max(m + d_p - d_n, 0), each image's farthest positive against its nearest negative.

    Distances are Euclidean and exact: no matrix-product expansion, which loses small ones. An image whose identity
    occurs once has itself as farthest positive, at distance 0. An image without a negative in the batch adds 0. At
    distance 0 the gradient of the distance is 0.

    Args:
        margin: m, 0 or more; 0.3 in the paper.

    Raises:
        ValueError: `margin` is negative.
    """

    def __init__(self, margin: float = 0.3) -> None:
        super().__init__()
        if margin < 0:
            raise ValueError(f"the triplet margin is {margin}, expected 0 or more")
        self.margin = margin

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the loss, a scalar in float32, of embeddings (B, D) and int64 labels (B,)."""
        embeddings = at_least_float32(embeddings)
        positive, negative, has_negative = _hardest(embeddings.detach(), labels)
        # Distances anew, and of the chosen pairs alone: the gradient then costs B x D and not B x B x D.
        to_positive = torch.linalg.vector_norm(embeddings - embeddings[positive], dim=1)
        to_negative = torch.linalg.vector_norm(embeddings - embeddings[negative], dim=1)
        losses = (self.margin + to_positive - to_negative).clamp_min(0)
        return torch.where(has_negative, losses, 0).mean()


def _hardest(embeddings: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return each image's farthest positive and nearest negative (both indices), and whether it has a negative."""
    distances = torch.cdist(embeddings, embeddings, compute_mode="donot_use_mm_for_euclid_dist")
    same = labels[:, None] == labels[None, :]
    positive = distances.masked_fill(~same, -torch.inf).argmax(dim=1)
    negative = distances.masked_fill(same, torch.inf).argmin(dim=1)
    return positive, negative, ~same.all(dim=1)
