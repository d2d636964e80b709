"""The head alone: the baseline on heads cut out by part maps (Shu et al. 2021, Sec. III, Table IV)."""

from pathlib import Path
from typing import Final

from torch import Tensor, nn

from ccreid.models.baseline import Baseline
from ccreid.models.head_crop import head_crops
from ccreid.models.output import ReIDOutput
from ccreid.models.part_input import PartsUse


class Head(nn.Module):
    """The baseline on the square crops of `head_crops`; arguments and errors are the baseline's.

    An image without head pixels has a feature of zeros, which evaluation counts as a miss. In training it is a crop of
    the mean colour.
    """

    reads_parts: PartsUse = "always"
    resamples: Final = True  # the maps of the crop do not lie over the image, see `deepest_cut`

    def __init__(self, num_identities: int, backbone: str, weights: str | Path = "none", last_stride: int = 1) -> None:
        super().__init__()
        self.baseline = Baseline(num_identities, backbone, weights, last_stride)

    def forward(self, images: Tensor, parts: Tensor) -> ReIDOutput:
        """Return the baseline's output on the heads.

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
            parts: Their part maps, uint8 (B, H, W).
        """
        crops, found = head_crops(images, parts)
        output: ReIDOutput = self.baseline(crops)
        # Spelt out, as torch.compile of torch 2.11 does not know `_replace`.
        return ReIDOutput(output.embeddings, output.logits, output.feature * found[:, None], output.auxiliary)
