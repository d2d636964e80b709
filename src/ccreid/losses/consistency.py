"""Feature consistency: an image and its repainted copy shall have one feature (Shu et al. 2021, Eq. 3)."""

import torch
from torch import Tensor, nn

from ccreid.losses.precision import at_least_float32


class FeatureConsistency(nn.Module):
    """Mean L2 norm of f - f', Eq. (3); the paper calls it mean square error. At f = f' the gradient is 0.

    Example:
        >>> originals, generated = torch.zeros(2, 4), torch.tensor([[3.0, 4, 0, 0], [0, 0, 0, 0]])
        >>> FeatureConsistency()(originals, generated)
        tensor(2.5000)
    """

    def forward(self, originals: Tensor, generated: Tensor) -> Tensor:
        """Return the loss, a scalar in float32.

        Args:
            originals: Features (B, D) of images.
            generated: Features (B, D) of their repainted copies, row by row.
        """
        difference = at_least_float32(originals) - at_least_float32(generated)
        distances: Tensor = torch.linalg.vector_norm(difference, dim=1)
        return distances.mean()


class SigmoidConsistency(nn.Module):
    """Mean sigmoid of the squared L2 norm of f - f', as in the authors' released code.

    It lies in 0.5..1 and saturates: at distance sqrt(20) the gradient by the squared distance is 2e-9, so that features
    which are far apart are hardly pulled together.
    """

    def forward(self, originals: Tensor, generated: Tensor) -> Tensor:
        """Return the loss, a scalar in float32.

        Args:
            originals: Features (B, D) of images.
            generated: Features (B, D) of their repainted copies, row by row.
        """
        difference = at_least_float32(originals) - at_least_float32(generated)
        return difference.square().sum(dim=1).sigmoid().mean()
