"""The head from near and the clothes piece by piece: two streams that find a person in other clothes and in the same.

The network parses the image itself, with the human parser that ships with ccreid, and pools what EfficientNet-Lite0
learned on ImageNet over the parts: over a crop of the head, which a person keeps, and over bands of upper clothes and
of pants, of which it learns what tells outfits apart.
"""

from pathlib import Path
from typing import Final, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.augment.normalise import IMAGENET_MEAN, IMAGENET_STD
from ccreid.models.backbones.lite_levels import CHANNELS, LiteLevels
from ccreid.models.head import head_boxes, squares
from ccreid.models.layers import Classifier, bnneck
from ccreid.models.network import ReIDNetwork, ReIDOutput
from ccreid.models.part_pooling import bands, pooled
from ccreid.parsing.lite.parser import HEIGHT, SHIPPED, WIDTH
from ccreid.parsing.lite.weights import load_lite
from ccreid.parts import Part

HEAD_SIDE: Final = 160
"""Of the crop of the head, in pixels. A face tells more the larger it is seen, up to what the photo holds."""

HEAD_WEIGHT: Final = 1.1
"""Length of the head's feature, where the three of clothes have 1: more finds people better in other clothes, less
better in the same."""

BANDS: Final = 3
"""From top to bottom, of upper clothes and of pants."""

WIDTH_OF_CLOTHES: Final = 256
"""Length of the embedding of upper clothes, of pants and of the whole person."""

_AT_ONCE: Final = 32
"""Images that the fixed part looks at together in training."""

_LEVELS: Final = sum(CHANNELS)
# Plain numbers: torch.compile does not compare tensors with members of an enumeration.
_HEAD: Final = int(Part.HEAD)
_PIECES: Final = (int(Part.UPPER_CLOTHES), int(Part.PANTS))
_BACKGROUND: Final = int(Part.BACKGROUND)


class HeadClothes(ReIDNetwork):
    """A head stream and a clothes stream over the maps of one frozen backbone.

    The head's feature is not trained: it is the mean and the spread of three levels of ImageNet's maps over the head,
    standardised over the training images. For upper clothes, for pants and for the whole person a linear layer is
    learned. Train it on images whose labels are outfits rather than people (`data.labels outfits`), so that these tell
    outfits apart and leave the person to the head. The larger the images are, the more there is of the head in them:
    512x256 suits photos.

    The parser and the backbone stay as they are; what is saved of the model holds both.

    Args:
        num_identities: N, training identities.
        weights: What the backbone starts from: "imagenet" or "none".

    Raises:
        BadValueError: `num_identities` is below 1.
        WeightsError: The ImageNet weights cannot be had.
    """

    mean: Tensor
    std: Tensor

    has_backbone = False
    resamples = True  # the head is seen in a crop of its own, see `find_cam_layer`
    clothes_from = 2 * _LEVELS

    def __init__(self, num_identities: int, weights: str = "none") -> None:
        super().__init__()
        self.parser = load_lite(SHIPPED).requires_grad_(False)
        self.levels = LiteLevels(weights).requires_grad_(False)
        self.head = nn.BatchNorm1d(2 * _LEVELS, affine=False)
        lengths = [*(BANDS * _LEVELS for _ in _PIECES), 2 * _LEVELS]
        self.clothes = nn.ModuleList(_Clothes(length) for length in lengths)
        self.neck = bnneck(WIDTH_OF_CLOTHES)
        self.classifier = Classifier(WIDTH_OF_CLOTHES, num_identities)
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(3, 1, 1), persistent=False)
        self.train()

    @classmethod
    def build(cls, num_identities: int, backbone: str, weights: str | Path, last_stride: int) -> Self:
        """Build the system; the backbone is always EfficientNet-Lite0, whatever a recipe says."""
        return cls(num_identities, str(weights))

    def train(self, mode: bool = True) -> Self:
        """Set the mode of all but the parser and the backbone, whose batch norms stay as they are."""
        super().train(mode)
        self.parser.eval()
        self.levels.eval()
        return self

    def forward(self, images: Tensor) -> ReIDOutput:
        """Return three embeddings (B, 256), logits (B, N), and a feature (B, 1456).

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).

        Returns:
            Embeddings of upper clothes, pants and the whole person, and logits of the last; the feature is that of the
            head and of these three, each of one length. What is not seen has zeros there.
        """
        # What is fixed needs no more images at a time than memory has room for; what learns takes the whole batch.
        pieces = torch.split(images, _AT_ONCE) if self.training else (images,)
        looks = [self._look(piece) for piece in pieces]
        (head, *clothes), (has_head, *has_clothes) = (
            [torch.cat(of_pieces) for of_pieces in zip(*side, strict=True)] for side in zip(*looks, strict=True)
        )
        embeddings = tuple(layer(seen) for layer, seen in zip(self.clothes, clothes, strict=True))
        features = [HEAD_WEIGHT * functional.normalize(self.head(head)) * has_head[:, None]]
        features += [
            functional.normalize(embedding) * has[:, None]
            for embedding, has in zip(embeddings, has_clothes, strict=True)
        ]
        logits = self.classifier(self.neck(embeddings[-1]))
        return ReIDOutput(embeddings, (logits,), torch.cat(features, dim=1))

    def _look(self, images: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Return what is seen of head, upper clothes, pants and person, (B, length) each, and bool (B,), where."""
        # As the parser was trained; the head alone is looked at in the images' own size.
        body = functional.interpolate(images, size=(HEIGHT, WIDTH), mode="bilinear", antialias=True)
        # Detached rather than in no_grad, which an exporter traces as a network within the network, many times slower.
        parts = self.parser(body.detach() * self.std + self.mean).argmax(1)
        head, has_head = self._head(images, parts)
        clothes, has_clothes = self._clothes(body, parts)
        return [head, *clothes], [has_head, *has_clothes]

    def _head(self, images: Tensor, parts: Tensor) -> tuple[Tensor, Tensor]:
        """Return what is seen of the heads, (B, 2 * C), and bool (B,), which images have one."""
        boxes, found = head_boxes(parts)
        mask = squares((parts == _HEAD)[:, None].to(images.dtype), boxes, parts.shape[1:], HEAD_SIDE)
        crops = squares(images, boxes, parts.shape[1:], HEAD_SIDE)
        means, spreads = pooled(self.levels(crops), mask)
        return torch.cat([means, spreads], dim=2)[:, 0], found

    def _clothes(self, body: Tensor, parts: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Return what is seen of upper clothes, pants and the person, (B, length) each, and bool (B,), where it is."""
        pieces = [parts == part for part in _PIECES]
        person = parts != _BACKGROUND
        regions = torch.cat([*(bands(piece, BANDS) for piece in pieces), person[:, None]], dim=1)
        means, spreads = pooled(self.levels(body), regions.to(body.dtype))
        of_pieces = means[:, :-1].reshape(-1, len(_PIECES), BANDS * _LEVELS)
        seen = [*of_pieces.unbind(1), torch.cat([means[:, -1], spreads[:, -1]], dim=1)]
        return seen, [region.flatten(1).any(1) for region in (*pieces, person)]


class _Clothes(nn.Sequential):
    """From what is seen of a piece of clothing, (B, length), to its embedding (B, 256)."""

    def __init__(self, length: int) -> None:
        super().__init__(
            nn.BatchNorm1d(length, affine=False), nn.Dropout(0.2), nn.Linear(length, WIDTH_OF_CLOTHES, bias=False)
        )
