"""What a folder tree is read as: photos for a parser, unless `ccreid.parsing.mask6` reads soft masks."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ccreid.datasets.decoding import IMAGE_SUFFIXES, decode_image


class Files(Protocol):
    """The files of a tree: which they are, and what a parser and an overlay need of each."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Endings of the files' names, in lower case."""

    def digest(self, path: Path, data: bytes) -> str:
        """Return the hexadecimal SHA-256 of all that decides the file's part map beside the parser.

        Args:
            path: The file.
            data: Its bytes.

        Raises:
            ImageError: A file that goes with it cannot be used.
        """

    def decode(self, path: Path, data: bytes) -> NDArray[np.uint8]:
        """Return what the parser takes, uint8.

        Args:
            path: The file.
            data: Its bytes.

        Raises:
            ImageError: The file is broken or no image.
            PartMapError: The file is broken or no soft mask.
        """

    def picture(self, path: Path, decoded: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the picture that the part map belongs to, RGB (H, W, 3).

        Args:
            path: The file.
            decoded: What `decode` returned.

        Raises:
            ImageError: It cannot be read.
        """


@dataclass(frozen=True)
class ImageFiles:
    """Photos in every format that is decoded, in the size that they have on disk."""

    suffixes: tuple[str, ...] = IMAGE_SUFFIXES

    def digest(self, path: Path, data: bytes) -> str:
        """Return the SHA-256 of the file's bytes.

        Args:
            path: Not looked at.
            data: The bytes.
        """
        return hashlib.sha256(data).hexdigest()

    def decode(self, path: Path, data: bytes) -> NDArray[np.uint8]:
        """Return the pixels, RGB (H, W, 3).

        Args:
            path: The file, for the error.
            data: Its bytes.

        Raises:
            ImageError: The file is broken or no image.
        """
        return decode_image(path, data)

    def picture(self, path: Path, decoded: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the pixels, which are the picture.

        Args:
            path: Not looked at.
            decoded: The pixels.
        """
        return decoded
