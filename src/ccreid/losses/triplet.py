"""Batch-hard triplet loss (Shu et al. 2021, Eq. 5; Hermans et al. 2017)."""

import torch
from torch import Tensor, nn

from ccreid.errors import BadValueError
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

    Example:
        >>> embeddings = torch.tensor([[0.0], [1.0], [3.0], [7.0]])
        >>> BatchHardTriplet(margin=0.3)(embeddings, torch.tensor([0, 0, 1, 1]))
        tensor(0.5750)
    """

    def __init__(self, margin: float = 0.3) -> None:
        super().__init__()
        if margin < 0:
            raise BadValueError(f"the triplet margin is {margin}, expected 0 or more")
        self.margin = margin

    def forward(
        self,
        embeddings: Tensor,
        labels: Tensor,
        others: Tensor | None = None,
        other_labels: Tensor | None = None,
    ) -> Tensor:
        """Return the loss, a scalar in float32.

        Args:
            embeddings: (B, D).
            labels: int64 (B,).
            others: (N, D), among which positives and negatives are looked for, the embeddings themselves among them;
                the embeddings alone where it is left out.
            other_labels: int64 (N,).
        """
        embeddings = at_least_float32(embeddings)
        others = embeddings if others is None else at_least_float32(others)
        other_labels = labels if other_labels is None else other_labels
        positive, negative, has_negative = _hardest(embeddings.detach(), labels, others.detach(), other_labels)
        # Distances anew, and of the chosen pairs alone: the gradient then costs B x D and not B x N x D.
        to_positive = torch.linalg.vector_norm(embeddings - others[positive], dim=1)
        to_negative = torch.linalg.vector_norm(embeddings - others[negative], dim=1)
        losses = (self.margin + to_positive - to_negative).clamp_min(0)
        return torch.where(has_negative, losses, 0).mean()


def _hardest(embeddings: Tensor, labels: Tensor, others: Tensor, other_labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return each image's farthest positive and nearest negative (both indices), and whether it has a negative."""
    distances = torch.cdist(embeddings, others, compute_mode="donot_use_mm_for_euclid_dist")
    same = labels[:, None] == other_labels[None, :]
    positive = distances.masked_fill(~same, -torch.inf).argmax(dim=1)
    negative = distances.masked_fill(same, torch.inf).argmin(dim=1)
    return positive, negative, ~same.all(dim=1)
