"""The loss that a human parser is trained with: cross-entropy and soft Dice."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.parts import IGNORED

_SMOOTHING = 1.0


class ParsingLoss(nn.Module):
    """Cross-entropy of each pixel, plus one minus the mean soft Dice of the parts (Milletari et al., 3DV 2016).

    Cross-entropy alone is content when arms, one pixel in seventy, are background; Dice weighs all parts the same.
    Pixels of `IGNORED` do not count.
    """

    def forward(self, logits: Tensor, parts: Tensor) -> Tensor:
        """Return the loss, a scalar.

        Args:
            logits: (B, P, H, W) of P parts.
            parts: Integers (B, H, W), values below P, and `IGNORED`.
        """
        logits, parts = logits.float(), parts.long()
        counted = (parts != IGNORED)[:, None]
        probabilities = logits.softmax(1) * counted
        known = torch.where(counted[:, 0], parts, 0)
        true = functional.one_hot(known, logits.shape[1]).movedim(3, 1).to(probabilities.dtype) * counted
        common = (probabilities * true).sum((0, 2, 3))
        size = probabilities.sum((0, 2, 3)) + true.sum((0, 2, 3))
        # The one pixel more makes a part that the batch does not have count as found.
        dice = (2 * common + _SMOOTHING) / (size + _SMOOTHING)
        return functional.cross_entropy(logits, parts, ignore_index=IGNORED) + 1 - dice.mean()
