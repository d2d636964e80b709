"""STN: a spatial transformer (Jaderberg et al. 2015) that straightens the image for the baseline.

Yang et al. (TPAMI 2019) put it among the systems compared on PRCC, from where Table I has its figures.
"""

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.models.baseline import Baseline
from ccreid.models.network import ReIDOutput

_LOOK: Final = (64, 32)
# Of the gradient of the affine maps. At the full learning rate they leave the image within a few steps, where there is
# nothing to come back by; Jaderberg et al. (Sec. 4.3) slow their localisation network down too, to a ten-thousandth.
_PACE: Final = 0.01


class SpatialTransformer(nn.Module):
    """Predicts an affine map for each image and samples the image through it.

    The localisation network is that of Jaderberg et al.'s house numbers (two 5x5 convolutions of 32 filters, two hidden
    layers of 32) with one pooling more, on a copy of the image of 64x32 pixels. Its last layer starts at zero, so that
    the transformer starts as the identity.
    """

    def __init__(self) -> None:
        super().__init__()
        self.localisation = nn.Sequential(
            nn.Conv2d(3, 32, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 32, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(32 * (_LOOK[0] // 4) * (_LOOK[1] // 4), 32),
            nn.ReLU(inplace=True),
            nn.Linear(32, 32),
            nn.ReLU(inplace=True),
        )
        self.affine = nn.Linear(32, 2 * 3)
        nn.init.zeros_(self.affine.weight)
        nn.init.zeros_(self.affine.bias)

    def forward(self, images: Tensor) -> Tensor:
        """Return the transformed images, of the shape (B, 3, H, W) that they come in; beyond their edges is zero.

        Zero is the mean colour of normalised images.
        """
        # In full precision, also under autocast: bfloat16 tells positions in a row of 128 pixels no better than 0.25.
        with torch.autocast(images.device.type, enabled=False):
            grid = functional.affine_grid(self.theta(images), list(images.shape), align_corners=False)
            return functional.grid_sample(images.float(), grid, align_corners=False).to(images.dtype)

    def theta(self, images: Tensor) -> Tensor:
        """Return the affine maps (B, 2, 3) from output to input positions, (x, y) from -1 to 1 across the image."""
        look = functional.interpolate(images, _LOOK, mode="area").to(self.affine.weight.dtype)
        change: Tensor = self.affine(self.localisation(look)).float()
        change = change * _PACE + (change * (1 - _PACE)).detach()
        # What is learned is the change from the identity, so that weight decay pulls towards it and not to a point.
        return change.view(-1, 2, 3) + torch.eye(2, 3, device=change.device)


class STN(Baseline):
    """The baseline behind a spatial transformer.

    Args:
        num_identities: N, training identities.
        backbone: Name of the backbone; see `build_backbone`.
        weights: What the backbone starts from: "imagenet", "none" or a file; see `build_backbone`.
        last_stride: Stride of the backbone's last stage, 1 or 2.

    Raises:
        ValueError: `num_identities` is below 1, or the backbone is refused; see `build_backbone`.
    """

    resamples = True  # its maps lie over what the transformer shows, see `find_cam_layer`

    def __init__(self, num_identities: int, backbone: str, weights: str | Path = "none", last_stride: int = 1) -> None:
        super().__init__(num_identities, backbone, weights, last_stride)
        self.transformer = SpatialTransformer()

    def forward(self, images: Tensor) -> ReIDOutput:
        """Return the baseline's output on the transformed images (B, 3, H, W)."""
        return super().forward(self.transformer(images))
