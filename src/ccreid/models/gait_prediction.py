"""Gait sequence prediction: eight frames of a walk from one silhouette (Jin et al., GI-ReID, 2022)."""

from itertools import pairwise
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

FRAMES: Final = 8
"""Frames that are predicted."""

OWN: Final = 3
"""Place of the frame that they are predicted from, counted from 0, as in the authors' released code."""

_WIDTHS: Final = (64, 128, 256, 512)
# Four strides of 2: height and width must be multiples of this.
_STEP: Final = 2 ** len(_WIDTHS)


class WalkWindow(NamedTuple):
    """The frames of a walk around an image.

    Attributes:
        silhouettes: (B, FRAMES, h, w), 0 for background and 1 for the person, the image's own at place OWN.
        known: bool (B, FRAMES), whether the data has the frame; elsewhere any silhouette may stand.
    """

    silhouettes: Tensor
    known: Tensor


class GaitPrediction(nn.Module):
    """A convolutional auto-encoder of 64, 128, 256 and 512 channels from one frame to FRAMES frames.

    The layers are those of the authors' released code: 3x3 convolutions of stride 2 and their transposes, batch norm
    and ReLU between them, a sigmoid at the end.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = (1, *_WIDTHS)
        self.encoder = nn.Sequential(
            *(
                nn.Sequential(nn.Conv2d(before, after, 3, 2, 1), nn.BatchNorm2d(after), nn.ReLU(inplace=True))
                for before, after in pairwise(widths)
            )
        )
        self.decoder = nn.Sequential(
            *(
                nn.Sequential(_doubling(before, after), nn.BatchNorm2d(after), nn.ReLU(inplace=True))
                for before, after in pairwise(_WIDTHS[::-1])
            ),
            _doubling(_WIDTHS[0], FRAMES),
        )

    def forward(self, silhouettes: Tensor) -> Tensor:
        """Return frames (B, FRAMES, h, w), 0..1, predicted from silhouettes (B, h, w)."""
        height, width = silhouettes.shape[1:]
        top, left = -height % _STEP // 2, -width % _STEP // 2
        padding = (left, -width % _STEP - left, top, -height % _STEP - top)
        padded = functional.pad(silhouettes.unsqueeze(1), padding)
        frames: Tensor = self.decoder(self.encoder(padded))
        return frames[:, :, top : top + height, left : left + width].float().sigmoid()


def frame_loss(predicted: Tensor, window: WalkWindow) -> Tensor:
    """Return the mean absolute difference, a scalar, of predicted frames (B, FRAMES, h, w) and those of the walk.

    Frames that the data has are compared with it, as in the first stage of the authors' released training. In place of
    a frame beyond the walk's ends stands the comparison of their last stage, which has no walks at all: the mean of the
    predicted frames against the image's own silhouette.
    """
    to_frames = (predicted - window.silhouettes).abs().mean(dim=(2, 3))
    to_own = (predicted.mean(dim=1) - window.silhouettes[:, OWN]).abs().mean(dim=(1, 2))
    return torch.where(window.known, to_frames, to_own[:, None]).mean()


def _doubling(before: int, after: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(before, after, 3, 2, 1, output_padding=1)
