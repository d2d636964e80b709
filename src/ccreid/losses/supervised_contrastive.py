"""Supervised contrastive loss: all images of an identity against all others of the batch (Khosla et al. 2020)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.errors import BadValueError
from ccreid.losses.precision import at_least_float32


class SupervisedContrastive(nn.Module):
    """Mean over the batch of the cross-entropy of an image's positives among all other images, their L_out.

    An image's positives are all other images of its identity, in whatever outfit, and repainted copies among them; the
    similarity is the cosine over a temperature. An image without a positive adds 0.

    Args:
        temperature: Above 0; 0.1 in the paper.

    Raises:
        ValueError: `temperature` is not above 0.

    Example:
        >>> embeddings = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
        >>> SupervisedContrastive(temperature=1.0)(embeddings, torch.tensor([0, 0, 1, 1]))
        tensor(0.5514)
    """

    def __init__(self, temperature: float = 0.1) -> None:
        super().__init__()
        if not temperature > 0:
            raise BadValueError(f"the temperature is {temperature}, expected a number above 0")
        self.temperature = temperature

    def forward(
        self,
        embeddings: Tensor,
        labels: Tensor,
        others: Tensor | None = None,
        other_labels: Tensor | None = None,
        first: int = 0,
    ) -> Tensor:
        """Return the loss, a scalar in float32.

        Args:
            embeddings: (B, D) of any length; their directions are compared.
            labels: int64 (B,).
            others: (N, D), among which positives and negatives are, the embeddings themselves among them; the
                embeddings alone where it is left out.
            other_labels: int64 (N,).
            first: Row of `others` from which on the embeddings stand there.
        """
        anchors = functional.normalize(at_least_float32(embeddings))
        compared = anchors if others is None else functional.normalize(at_least_float32(others))
        compared_labels = labels if other_labels is None else other_labels
        rows = torch.arange(len(labels), device=labels.device)
        itself = torch.zeros(len(labels), len(compared_labels), dtype=torch.bool, device=labels.device)
        itself[rows, rows + first] = True
        # Similarities that are told apart need more than the bits of a mixed precision.
        with torch.autocast(embeddings.device.type, enabled=False):
            cosines = anchors @ compared.T
        similarities = (cosines / self.temperature).masked_fill(itself, -torch.inf)
        positive = (labels[:, None] == compared_labels[None, :]) & ~itself
        losses = -similarities.log_softmax(dim=1).where(positive, 0).sum(1)
        return (losses / positive.sum(1).clamp_min(1)).mean()
