"""What a folder tree is read as: photos for a parser, or the soft masks of the authors' released code."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ccreid.datasets.decoding import ImageError, decode_image, image_size
from ccreid.datasets.part_maps import read_parts
from ccreid.errors import MissingFileError

IMAGE_SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".bmp", ".webp")


class Files(Protocol):
    """The files of a tree: which they are, and what a parser and an overlay need of each."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Endings of the files' names, in lower case."""

    def digest(self, path: Path, data: bytes) -> str:
        """Return the hexadecimal SHA-256 of all that decides the file's part map beside the parser.

        Raises:
            ImageError: A file that goes with it cannot be used.
        """

    def decode(self, path: Path, data: bytes) -> NDArray[np.uint8]:
        """Return what the parser takes.

        Raises:
            ImageError: The file is broken or no image.
            PartMapError: The file is broken or no soft mask.
        """

    def picture(self, path: Path, decoded: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the picture that the part map belongs to, RGB (H, W, 3).

        Raises:
            ImageError: It cannot be read.
        """


@dataclass(frozen=True)
class ImageFiles:
    """Photos: JPEG, PNG, BMP and WebP, in the size that they have on disk."""

    suffixes: tuple[str, ...] = IMAGE_SUFFIXES

    def digest(self, path: Path, data: bytes) -> str:
        """Return the SHA-256 of the file's bytes."""
        return hashlib.sha256(data).hexdigest()

    def decode(self, path: Path, data: bytes) -> NDArray[np.uint8]:
        """Return the pixels, RGB (H, W, 3)."""
        return decode_image(path, data)

    def picture(self, path: Path, decoded: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the pixels, which are the picture."""
        return decoded


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
        """Return the SHA-256 of the mask's bytes and, where there are images, the size of its image."""
        digest = hashlib.sha256(data)
        if self.images is not None:
            height, width = image_size(self._image(self.images, path))
            digest.update(f"{height}x{width}".encode())
        return digest.hexdigest()

    def decode(self, path: Path, data: bytes) -> NDArray[np.uint8]:
        """Return the part map (H, W), values 0..5."""
        parts = read_parts(path)
        if self.images is None:
            return parts
        height, width = image_size(self._image(self.images, path))
        return np.array(Image.fromarray(parts).resize((width, height), Image.Resampling.NEAREST))

    def picture(self, path: Path, decoded: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the pixels of the mask's image."""
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
