"""Sizes of the data sets that Wardrobe can be rendered in."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Preset:
    """How many people and images there are; images are spread evenly over people and cameras.

    Attributes:
        name: Of the preset.
        train_identities: People to train on.
        test_identities: Other people to test on.
        train_images: Of all three cameras.
        gallery_images: Camera A's test images.
        same_images: Camera B's test images, in the same clothes.
        cross_images: Camera C's test images, in other clothes.
        height: In pixels.
        width: In pixels.
    """

    name: str
    train_identities: int
    test_identities: int
    train_images: int
    gallery_images: int
    same_images: int
    cross_images: int
    height: int = 256
    width: int = 128


PRESETS: Final[dict[str, Preset]] = {
    "mini": Preset("mini", 120, 30, 120 * 15, 30 * 8, 30 * 8, 30 * 8),
    # PRCC's own counts (Yang et al. 2019).
    "221": Preset("221", 150, 71, 17_896, 3_384, 3_543, 3_873),
}
