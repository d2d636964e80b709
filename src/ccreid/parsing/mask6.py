"""The soft masks of the authors' released code as a parser: its part maps are read, not computed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ccreid.datasets.decoding import IMAGE_SUFFIXES, ImageError, decode_image, image_size
from ccreid.datasets.part_maps import read_parts
from ccreid.errors import MissingFileError
from ccreid.parsing.labels import SIX_PARTS
from ccreid.parsing.parser import Parser

_METHOD: Final = "the most probable part, to the image's size by the nearest pixel"


def mask6_parser() -> Parser:
    """Return the parser for `SoftMaskFiles`, which hand it part maps in place of images."""
    return Parser("mask6", SIX_PARTS, _as_they_are, hashlib.sha256(_METHOD.encode()).hexdigest())


@dataclass(frozen=True)
class SoftMaskFiles:
    """Soft masks, .npy (h, w, 6): probabilities of the six parts, of which the most probable is taken.

    A released mask is 256x128 whatever the size of its image. Its map is brought to the image's size by the nearest
    pixel: a model that reads images and maps at 256x128 then sees the very pixels that the authors' code sees, unless
    an image is smaller than that.

    Attributes:
        masks: The tree of masks, an absolute path.
        images: The tree of their images, with the same folders and names; None leaves each map in its mask's size.
    """

    masks: Path
    images: Path | None
    suffixes: tuple[str, ...] = (".npy",)

    @classmethod
    def beside(cls, masks: Path, images: Path | None = None) -> "SoftMaskFiles":
        """Return the masks with their images, which are under rgb/ beside the masks where None, if that is there.

        Args:
            masks: The tree of masks.
            images: The tree of their images.

        Raises:
            FileNotFoundError: There is no folder `images`.
        """
        masks = masks.absolute()
        if images is None:
            images = masks.with_name("rgb") if masks.with_name("rgb").is_dir() else None
        elif not images.is_dir():
            raise MissingFileError(f"there is no folder {images} of the masks' images: give the one that holds them")
        return cls(masks, None if images is None else images.absolute())

    def digest(self, path: Path, data: bytes) -> str:
        """Return the SHA-256 of the mask's bytes and, where there are images, the size of its image.

        Args:
            path: The mask.
            data: Its bytes.

        Raises:
            ImageError: The mask's image is missing or broken.
        """
        digest = hashlib.sha256(data)
        if self.images is not None:
            height, width = image_size(self._image(self.images, path))
            digest.update(f"{height}x{width}".encode())
        return digest.hexdigest()

    def decode(self, path: Path, data: bytes) -> NDArray[np.uint8]:
        """Return the part map (H, W), values 0..5.

        Args:
            path: The mask.
            data: Its bytes, which are read again from the path.

        Raises:
            ImageError: The mask's image is missing or broken.
            PartMapError: The file is broken or no soft mask.
        """
        parts = read_parts(path)
        if self.images is None:
            return parts
        height, width = image_size(self._image(self.images, path))
        return np.array(Image.fromarray(parts).resize((width, height), Image.Resampling.NEAREST))

    def picture(self, path: Path, decoded: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the pixels of the mask's image.

        Args:
            path: The mask.
            decoded: Its part map, which is not looked at.

        Raises:
            ImageError: There is no image, or it is broken.
        """
        if self.images is None:
            raise ImageError(f"{path} comes without its image: give the folder of the images")
        image = self._image(self.images, path)
        return decode_image(image, image.read_bytes())

    def _image(self, images: Path, mask: Path) -> Path:
        stem = images / mask.relative_to(self.masks).with_suffix("")
        for suffix in IMAGE_SUFFIXES:
            image = stem.with_name(stem.name + suffix)
            if image.is_file():
                return image
        raise ImageError(f"{mask} has no image {stem}.jpg: copy the image there, or remove the mask")


def _as_they_are(maps: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    return list(maps)
