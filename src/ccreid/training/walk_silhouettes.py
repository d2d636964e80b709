"""The silhouettes of all training images in memory, and the walk around each image of a batch, for gait models."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import torch
from torch import Tensor

from ccreid.datasets.record import ImageRecord
from ccreid.datasets.silhouettes import read_silhouettes
from ccreid.datasets.walk_windows import walk_windows, walks_of
from ccreid.models.gi_reid import FRAMES, OWN
from ccreid.models.network import WalkWindow

# GaitSet's size, for images of 256 rows; smaller images have smaller silhouettes, which cost less.
_HEIGHT, _WIDTH = 64, 44
_ROWS_EACH = 4
_LEAST = 16


class WalkSilhouettes:
    """Hands out the silhouettes around images, from a memory on the device that asks.

    The memory is 2,816 bytes an image at 256 rows: 50 MB for PRCC's 17,896 training images. Crop and erasing leave the
    silhouettes alone, since they are aligned to the person.

    Args:
        silhouettes: uint8 (N, h, w) of all training images.
        places: int64 (N, FRAMES), the images of the walk around each; see `walk_windows`.
        known: bool (N, FRAMES), whether the walk has an image there.
        flip: Probability that a walk is mirrored, all its frames together. This is drawn apart from the image's own
            flip: what both streams share is who the person is, not which side they show.
    """

    def __init__(self, silhouettes: Tensor, places: Tensor, known: Tensor, flip: float) -> None:
        self._silhouettes, self._places, self._known = silhouettes, places, known
        self._flip = flip

    @classmethod
    def read(cls, root: Path, records: Sequence[ImageRecord], image_height: int, flip: float) -> Self:
        """Read the silhouettes of a data set's training images.

        Args:
            root: Of the data set.
            records: The training images, in the order of the batches' rows.
            image_height: Of the images that the model sees; silhouettes have a quarter of it, 16 to 64 rows.
            flip: See the class.

        Raises:
            PartMapError: An image has no part map, or it cannot be read.
            DataSetError: The data set's own list of walks is damaged.
        """
        height = min(_HEIGHT, max(_LEAST, image_height // _ROWS_EACH))
        places, known = walk_windows(walks_of(root, records), [record.frame for record in records], FRAMES, OWN)
        return cls(read_silhouettes(records, height, round(height * _WIDTH / _HEIGHT)), places, known, flip)

    def around(self, rows: Tensor, generator: torch.Generator | None = None) -> WalkWindow:
        """Return the walks around images.

        Args:
            rows: int64 (B,), places of the images among the training images.
            generator: On their device; decides which walks are mirrored.

        Returns:
            Silhouettes in 0..1 (B, FRAMES, h, w), and which of them are known (B, FRAMES).
        """
        if self._silhouettes.device != rows.device:
            # Moved once. Buffers of the trained module would move by themselves, but several processes would send them
            # to each other in every step.
            self._silhouettes = self._silhouettes.to(rows.device)
            self._places, self._known = self._places.to(rows.device), self._known.to(rows.device)
        walks = self._silhouettes[self._places[rows]].float() / 255
        mirrored = torch.rand(len(rows), generator=generator, device=rows.device) < self._flip
        return WalkWindow(torch.where(mirrored[:, None, None, None], walks.flip(3), walks), self._known[rows])
