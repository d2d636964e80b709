"""What lies over photos on request: what the model looks at in them, and the six parts of the body."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from ccreid.augment import Normalise
from ccreid.datasets.images import resize_image
from ccreid.errors import BadValueError
from ccreid.explain.cam import ROWS, class_activation_map, explainable, likeness, over_image
from ccreid.explain.cam_layer import find_cam_layer
from ccreid.figures.heat_map import heat_picture
from ccreid.models.reid_model import ReIDModel
from ccreid.parsing.parse_images import parse_images
from ccreid.parsing.parser import Parser
from ccreid.parsing.tree.overlay import covered
from ccreid.parts import PALETTE, Part

LEGEND: Final = {
    "activation": (("speaks for the match", "#fcbc28"), ("speaks for nothing", "#46106a")),
    "parts": tuple(
        (part.name.lower().replace("_", " "), "#{:02x}{:02x}{:02x}".format(*PALETTE[part]))
        for part in Part
        if part != Part.BACKGROUND
    ),
}
"""What the colours of each overlay mean, as CSS has them."""


class Activation:
    """Draws which places of a photo make it like another, by class activation maps of the similarity.

    Args:
        model: A copy of its network runs.
    """

    def __init__(self, model: ReIDModel) -> None:
        self._model = model
        self._network: nn.Module | None = None
        self._layer: nn.Module | None = None

    def pictures(self, photos: Sequence[NDArray[np.uint8]], features: NDArray[np.float32]) -> list[Image.Image]:
        """Return each photo under its map.

        Args:
            photos: RGB (H, W, 3), each of its own size.
            features: (N, D), what each photo is to be like.

        Raises:
            BadValueError: The model has no maps.
        """
        if self._model.network.reads_own_size:
            name = self._model.recipe.model.system
            raise BadValueError(f"{name} has no class activation maps: it cuts faces out of the photo first")
        small = [resize_image(Image.fromarray(photo), *self._model.size) for photo in photos]
        inputs = Normalise().to(self._model.device)(torch.stack(small).to(self._model.device))
        network = self._ready(inputs[:1])
        wanted = torch.from_numpy(features).to(self._model.device)
        maps = class_activation_map(network, self._layer, [inputs], likeness(wanted)).cpu()
        return [_under(photo, one) for photo, one in zip(photos, maps, strict=True)]

    def _ready(self, inputs: Tensor) -> nn.Module:
        if self._network is None:
            self._network = explainable(self._model.network).to(self._model.device)
            self._layer = find_cam_layer(self._network, [inputs], ROWS)
        return self._network


def part_pictures(photos: Sequence[NDArray[np.uint8]], parser: Parser) -> list[Image.Image]:
    """Return each photo with its parts half covered by their colours.

    Args:
        photos: RGB (H, W, 3), each of its own size.
        parser: Finds the parts.
    """
    maps = parse_images(photos, parser, progress=False)
    return [Image.fromarray(covered(photo, parts)) for photo, parts in zip(photos, maps, strict=True)]


def _under(photo: NDArray[np.uint8], heat: Tensor) -> Image.Image:
    height, width = photo.shape[:2]
    pixels = torch.from_numpy(np.ascontiguousarray(photo.transpose(2, 0, 1)))
    return heat_picture(pixels, over_image(heat[None], height, width)[0])
