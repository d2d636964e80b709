"""Clothes-based adversarial loss: features shall not tell a person's outfits apart (Gu et al., CVPR 2022)."""

import torch
from torch import Tensor, nn

from ccreid.errors import BadValueError
from ccreid.losses.precision import at_least_float32

SCALE = 16.0
"""What cosines are multiplied by before the softmax, in the authors' code."""


class ClothesAdversarialLoss(nn.Module):
    """Cross-entropy with all outfits of the person as positives, against a classifier of outfits that stays as it is.

    Each of the person's K outfits is told from the outfits of all others, not from the person's own: its probability is
    exp(s cos) over itself and the sum of all others' exp(s cos). The outfit that is worn has a target of 1 - epsilon +
    epsilon / K, the person's others epsilon / K.

    Args:
        epsilon: 0..1; 0.1 in the paper. With 0 the outfit that is worn is the only target, with 1 all are alike.
        scale: s, above 0.

    Raises:
        ValueError: `epsilon` is not in 0..1.
    """

    def __init__(self, epsilon: float = 0.1, scale: float = SCALE) -> None:
        super().__init__()
        if not 0 <= epsilon <= 1:
            raise BadValueError(f"epsilon is {epsilon}, expected 0..1")
        self.epsilon = epsilon
        self.scale = scale

    def forward(self, cosines: Tensor, outfits: Tensor, own: Tensor) -> Tensor:
        """Return the loss, a scalar in float32.

        Args:
            cosines: (B, C) between features and the weights of each of C outfits.
            outfits: int64 (B,), which is worn, 0..C - 1.
            own: bool (B, C), which are the person's, the one that is worn among them; not all of them.
        """
        logits = self.scale * at_least_float32(cosines)
        strangers = logits.masked_fill(own, -torch.inf).logsumexp(dim=1, keepdim=True)
        log_probabilities = logits - torch.logaddexp(strangers, logits)
        spread = self.epsilon * own.to(logits.dtype) / own.sum(dim=1, keepdim=True)
        targets = spread.scatter_add(1, outfits[:, None], torch.full_like(spread[:, :1], 1 - self.epsilon))
        return -(targets * log_probabilities).sum(dim=1).mean()
