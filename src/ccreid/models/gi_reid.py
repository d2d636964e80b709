"""GI-ReID: a gait branch that teaches an image branch what does not change with clothes (Jin et al., CVPR 2022).

`GIReID` is the system. Its pieces follow in the order in which it uses them:

- `GaitPrediction` makes eight frames of a walk from one silhouette, and `frame_loss` compares them with the walk.
- `GaitSet` describes a walk as a set of silhouettes (Chao et al., "GaitSet: Regarding Gait as a Set", AAAI 2019), and
  `generalised_mean` makes one vector of its stripes.
- `SemanticConsistency` holds together what both branches know of a person, by the common feature learning of Luo et al.
  ("Knowledge Amalgamation from Heterogeneous Networks by Common Feature Learning", IJCAI 2019).
"""

from itertools import pairwise
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.models.backbones.build import build_backbone
from ccreid.models.layers import Classifier, bnneck
from ccreid.models.network import ReIDNetwork, ReIDOutput, WalkWindow

WIDTH: Final = 256
"""Length of the features of both streams."""

# Weight of the loss of the predicted frames. The authors train with Adam, whose steps do not depend on it; at a weight
# of 1 the steps of SGD are so short that the silhouettes are still a blur when all else is learned.
_FRAME_LOSS_WEIGHT: Final = 25.0


class GIReID(ReIDNetwork):
    """Two streams that are trained together, of which the image stream alone is tested.

    The image stream is a backbone with a reduction to 256 and BNNeck. The gait stream predicts a walk from the image's
    silhouette and takes GaitSet's features of the predicted frames, 62 stripes of 256; their generalised mean is its
    vector. Identity and triplet loss apply to the image stream and to the sum of both streams, the triplet loss to the
    stripes too.

    The authors train the gait stream on CASIA-B first, and then all together with the mean of the predicted frames as
    the only check of the prediction. Here both streams learn at once by SGD, and the prediction from the walks of the
    data set itself; see `frame_loss`. So the gait vector is batch-normalised and its share of the sum starts at zero,
    and the stripes are compared by their directions: without these three, what the gait stream does not know yet upsets
    the image stream or lets the training diverge.

    Args:
        num_identities: N, training identities.
        backbone: Name of the backbone; see `build_backbone`.
        weights: What the backbone starts from: "imagenet", "none" or a file; see `build_backbone`.
        last_stride: Stride of the backbone's last stage, 1 or 2.

    Raises:
        ValueError: `num_identities` is below 1, or the backbone is refused; see `build_backbone`.
    """

    reads_parts = "walks"

    def __init__(self, num_identities: int, backbone: str, weights: str | Path = "none", last_stride: int = 1) -> None:
        super().__init__()
        self.backbone = build_backbone(backbone, weights, last_stride)
        self.reduction = nn.Linear(self.backbone.channels, WIDTH, bias=False)
        # Embeddings about as long as the pooled features, since no batch norm stands before the triplet loss.
        nn.init.normal_(self.reduction.weight, std=self.backbone.channels**-0.5)
        self.bnneck, self.bnneck_both = bnneck(WIDTH), bnneck(WIDTH)
        self.classifier, self.classifier_both = (Classifier(WIDTH, num_identities) for _ in range(2))
        self.prediction = GaitPrediction()
        self.gait_set = GaitSet(WIDTH)
        self.gait_norm = nn.BatchNorm1d(WIDTH, affine=False)
        # The gait branch starts from nothing: how much of it is added starts at zero, and grows as it helps.
        self.gait_share = nn.Parameter(torch.zeros(WIDTH))
        self.consistency = SemanticConsistency(WIDTH)

    def forward(self, images: Tensor, walk: WalkWindow | None = None) -> ReIDOutput:
        """Return the image stream's output, and with a walk the gait stream's and the losses between them.

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
            walk: The silhouettes around each image, for training.

        Returns:
            The image stream's embedding (B, 256), its logits (B, N) and BNNeck's output as feature (B, 256). With a
            walk also the embeddings of both streams' sum (B, 256) and of the stripes (B, 62 x 256), the sum's logits,
            and the losses of the predicted frames and of the streams' consistency.
        """
        embedding = self.reduction(self.backbone(images).mean(dim=(2, 3)))
        feature = self.bnneck(embedding)
        logits = self.classifier(feature)
        if walk is None:
            return ReIDOutput((embedding,), (logits,), feature)
        frames = self.prediction(walk.silhouettes[:, OWN])
        stripes = self.gait_set(frames)
        gait = self.gait_norm(generalised_mean(stripes))
        both = embedding + self.gait_share * gait
        # Divided so that the distance is the root mean square of the stripes' distances, which one margin fits.
        directions = functional.normalize(stripes.float(), dim=2).flatten(1) / BINS**0.5
        return ReIDOutput(
            (embedding, both, directions),
            (logits, self.classifier_both(self.bnneck_both(both))),
            feature,
            {"frames": _FRAME_LOSS_WEIGHT * frame_loss(frames, walk), "semantics": self.consistency(embedding, gait)},
        )


FRAMES: Final = 8
"""Frames that are predicted."""

OWN: Final = 3
"""Place of the frame that they are predicted from, counted from 0, as in the authors' released code."""

_FRAME_WIDTHS: Final = (64, 128, 256, 512)
# Four strides of 2: height and width must be multiples of this.
_STEP: Final = 2 ** len(_FRAME_WIDTHS)


class GaitPrediction(nn.Module):
    """A convolutional auto-encoder of 64, 128, 256 and 512 channels from one frame to FRAMES frames.

    The layers are those of the authors' released code: 3x3 convolutions of stride 2 and their transposes, batch norm
    and ReLU between them, a sigmoid at the end.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = (1, *_FRAME_WIDTHS)
        self.encoder = nn.Sequential(
            *(
                nn.Sequential(nn.Conv2d(before, after, 3, 2, 1), nn.BatchNorm2d(after), nn.ReLU(inplace=True))
                for before, after in pairwise(widths)
            )
        )
        self.decoder = nn.Sequential(
            *(
                nn.Sequential(_doubling(before, after), nn.BatchNorm2d(after), nn.ReLU(inplace=True))
                for before, after in pairwise(_FRAME_WIDTHS[::-1])
            ),
            _doubling(_FRAME_WIDTHS[0], FRAMES),
        )

    def forward(self, silhouettes: Tensor) -> Tensor:
        """Return frames (B, FRAMES, h, w), 0..1, predicted from silhouettes (B, h, w)."""
        height, width = silhouettes.shape[1:]
        top, left = -height % _STEP // 2, -width % _STEP // 2
        padding = (left, -width % _STEP - left, top, -height % _STEP - top)
        padded = functional.pad(silhouettes.unsqueeze(1), padding)
        frames: Tensor = self.decoder(self.encoder(padded))
        return frames[:, :, top : top + height, left : left + width].float().sigmoid()


def _doubling(before: int, after: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(before, after, 3, 2, 1, output_padding=1)


def frame_loss(predicted: Tensor, window: WalkWindow) -> Tensor:
    """Return the mean absolute difference, a scalar, of predicted frames (B, FRAMES, h, w) and those of the walk.

    Frames that the data has are compared with it, as in the first stage of the authors' released training. In place of
    a frame beyond the walk's ends stands the comparison of their last stage, which has no walks at all: the mean of the
    predicted frames against the image's own silhouette.

    Args:
        predicted: (B, FRAMES, h, w), 0..1.
        window: The walk around each image.

    Returns:
        A scalar in 0..1.
    """
    to_frames = (predicted - window.silhouettes).abs().mean(dim=(2, 3))
    to_own = (predicted.mean(dim=1) - window.silhouettes[:, OWN]).abs().mean(dim=(1, 2))
    return torch.where(window.known, to_frames, to_own[:, None]).mean()


SCALES: Final = (1, 2, 4, 8, 16)
"""Numbers of stripes that the maps are cut into."""

BINS: Final = 2 * sum(SCALES)
"""Stripes of the set's map and of the global one together, 62."""

_SET_WIDTHS: Final = (32, 64, 128)


class GaitSet(nn.Module):
    """Features of a set of silhouettes, in whatever order they come.

    Each silhouette goes through the same convolutions; their maximum over the set is the set's map. A second path, the
    multilayer global pipeline, gathers the maxima after the first two stages too. Both maps are cut into stripes, each
    with a linear layer of its own (horizontal pyramid mapping). Widths are those of the paper for CASIA-B, and as there
    the convolutions have neither bias nor batch norm. The batch norm of the features is not in the paper: without it
    those of all silhouettes point almost one way, from where SGD, unlike the paper's Adam, hardly brings them apart.

    Args:
        width: Length of each stripe's feature.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        one, two, three = _SET_WIDTHS
        self.first = nn.Sequential(_conv(1, one, 5), _conv(one, one), nn.MaxPool2d(2))
        self.second = nn.Sequential(_conv(one, two), _conv(two, two), nn.MaxPool2d(2))
        self.third = nn.Sequential(_conv(two, three), _conv(three, three))
        self.global_first = nn.Sequential(_conv(one, two), _conv(two, two), nn.MaxPool2d(2))
        self.global_second = nn.Sequential(_conv(two, three), _conv(three, three))
        self.maps = nn.Parameter(torch.empty(BINS, three, width))
        for stripe in self.maps.data:
            nn.init.xavier_uniform_(stripe)
        self.norm = nn.BatchNorm1d(BINS * width, affine=False)

    def forward(self, silhouettes: Tensor) -> Tensor:
        """Return the features (B, BINS, width) of sets of silhouettes (B, S, h, w), 0..1.

        The first half of the bins are the set's stripes, the second half the global pipeline's, coarse before fine.
        """
        size = len(silhouettes)
        frames = self.first(silhouettes.flatten(0, 1).unsqueeze(1))
        gathered = self.global_first(_set_max(frames, size))
        frames = self.second(frames)
        gathered = self.global_second(gathered + _set_max(frames, size))
        together = _set_max(self.third(frames), size)
        bins = torch.cat([horizontal_pyramid(together), horizontal_pyramid(gathered + together)], dim=1)
        features = torch.einsum("bsc,scw->bsw", bins, self.maps)
        normed: Tensor = self.norm(features.flatten(1))
        return normed.view_as(features)


def horizontal_pyramid(maps: Tensor) -> Tensor:
    """Return mean plus maximum over each stripe of maps (B, C, h, w), for all SCALES: (B, sum(SCALES), C).

    Stripes are cut as in `ccreid.models.layers`; maps of fewer rows than stripes use rows several times.
    """
    pooled = [
        functional.adaptive_avg_pool2d(maps, (scale, 1)) + functional.adaptive_max_pool2d(maps, (scale, 1))
        for scale in SCALES
    ]
    return torch.cat(pooled, dim=2).squeeze(3).transpose(1, 2)


def _set_max(frames: Tensor, sets: int) -> Tensor:
    """Return the maximum over each set of maps (sets * S, C, h, w)."""
    return frames.reshape(sets, -1, *frames.shape[1:]).amax(dim=1)


def _conv(before: int, after: int, kernel: int = 3) -> nn.Sequential:
    conv = nn.Conv2d(before, after, kernel, padding=kernel // 2, bias=False)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    return nn.Sequential(conv, nn.LeakyReLU(inplace=True))


_POWER: Final = 3.0


def generalised_mean(stripes: Tensor) -> Tensor:
    """Return the generalised mean of power 3 over the stripes (B, S, D), of their positive parts: (B, D)."""
    return stripes.clamp_min(1e-6).pow(_POWER).mean(dim=1).pow(1 / _POWER)


_SIGMAS: Final = (0.001, 0.01, 0.05, 0.1, 0.2, 1.0, 2.0)


class SemanticConsistency(nn.Module):
    """Brings the features of two streams into a common space, and holds their distributions there together.

    Each stream has a linear layer of its own into the common space; two more layers are shared. Of each stream's
    common feature a small network must give back the stream's own, lest the common space be empty.

    Args:
        width: Length of the features.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.align = nn.ModuleList(nn.Sequential(nn.Linear(width, width), nn.ReLU(inplace=True)) for _ in range(2))
        self.common = _two_layers(width)
        self.reconstruct = nn.ModuleList(_two_layers(width) for _ in range(2))

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the loss, a scalar in float32, of two (B, width) whose rows are of the same images.

        Args:
            first: One stream's features (B, width).
            second: The other's, of the same images.

        Returns:
            The loss, a scalar in float32, not negative but for rounding.
        """
        common = [self.common(align(own)) for align, own in zip(self.align, (first, second), strict=True)]
        losses = [
            functional.mse_loss(back(shared).float(), own.float())
            for back, shared, own in zip(self.reconstruct, common, (first, second), strict=True)
        ]
        distance = mean_discrepancy(*(functional.normalize(shared.float()) for shared in common))
        return distance + torch.stack(losses).sum()


def mean_discrepancy(first: Tensor, second: Tensor) -> Tensor:
    """Return the squared maximum mean discrepancy of two samples (B, D), a scalar (Gretton et al., JMLR 2012).

    Its kernel is a sum of Gaussians, one for each of the widths of the authors' released code, meant for features of
    length 1.

    Args:
        first: One sample (B, D).
        second: The other (B', D).

    Returns:
        A scalar, 0 for samples that are alike.
    """
    return _kernel(first, first).mean() + _kernel(second, second).mean() - 2 * _kernel(first, second).mean()


def _kernel(first: Tensor, second: Tensor) -> Tensor:
    squares = (first[:, None] - second[None]).square().sum(dim=2)
    return torch.stack([(-squares / (2 * sigma**2)).exp() for sigma in _SIGMAS]).sum(dim=0)


def _two_layers(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, width), nn.ReLU(inplace=True), nn.Linear(width, width))
