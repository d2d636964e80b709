"""Identity loss: cross-entropy over the training identities (Shu et al. 2021, Eq. 4)."""

from torch import Tensor, nn
from torch.nn import functional

from ccreid.errors import BadValueError
from ccreid.losses.precision import at_least_float32


class IdentityLoss(nn.Module):
    """Mean cross-entropy of the classifier's logits.

    Args:
        label_smoothing: Share of the target that is spread evenly over all identities, 0..1; the paper has 0, the
            authors' released code 0.1.

    Raises:
        ValueError: `label_smoothing` is not in 0..1.
    """

    def __init__(self, label_smoothing: float = 0.0) -> None:
        super().__init__()
        if not 0 <= label_smoothing <= 1:
            raise BadValueError(f"label_smoothing is {label_smoothing}, expected 0..1")
        self.label_smoothing = label_smoothing

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the loss, a scalar in float32.

        Args:
            logits: (B, identities).
            labels: int64 (B,), 0..identities - 1.
        """
        return functional.cross_entropy(at_least_float32(logits), labels, label_smoothing=self.label_smoothing)
