"""The people that a parser learns from: rendered ones and photos, drawn in turn, each seen anew every time."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.utils.data import Dataset, Sampler

from ccreid.augment.person_view import PersonView
from ccreid.datasets.image_source import source_pixels
from ccreid.datasets.part_maps import read_parts
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord
from ccreid.datasets.reid_dataset import Batch
from ccreid.parsing.label_maps.photos import LabelledPhoto, LabelledPhotos
from ccreid.parsing.lite.parser import HEIGHT, WIDTH
from ccreid.parts import Part
from ccreid.prefetch import prefetch
from ccreid.progress import show_progress
from ccreid.training.parser_recipe import ParserRecipe

# Of photos that are kept in memory. A crop of the person is about as high as the network takes then.
_TALLEST: Final = 2 * HEIGHT
_AHEAD: Final = 32

_Pair = tuple[NDArray[np.uint8], NDArray[np.uint8]]


class LearnedPeople(Dataset[Batch]):
    """Views of people as a batch's images and part maps; the number of a draw, and the seed, decide whom and how.

    Args:
        rendered: Whose training images are drawn; None for none.
        photos: Whose training photos are drawn; None for none.
        recipe: Says how many of them are photos, and how they are seen.

    Attributes:
        records: All that may be drawn, in the order of the batches' rows: rendered images, then photos.
    """

    def __init__(self, rendered: PRCC | None, photos: LabelledPhotos | None, recipe: ParserRecipe) -> None:
        self._seed = recipe.seed
        self._photos = photos
        self._pairs = [] if photos is None else list(photos.train)
        people = [] if rendered is None else rendered.train
        self._rendered = len(people)
        self.records = [*people, *(_record(pair, place) for place, pair in enumerate(self._pairs))]
        self._photo_share = recipe.data.photo_share if people and self._pairs else float(not people)
        augment = recipe.augment
        self._view = PersonView(HEIGHT, WIDTH, augment.smallest, augment.cut, augment.compressed)
        self._kept: list[_Pair] | None = None
        if recipe.data.cache:
            self._kept = self._read_all()

    def __getitem__(self, draw: int) -> Batch:
        """Return the view of a draw.

        Args:
            draw: Its number in the whole run, from 0.
        """
        random = np.random.default_rng((self._seed, draw))
        if random.random() < self._photo_share:
            row = self._rendered + int(random.integers(len(self._pairs)))
        else:
            row = int(random.integers(self._rendered))
        image, parts = self._read(row) if self._kept is None else self._kept[row]
        view, seen = self._view(image, parts, random)
        return Batch(
            torch.from_numpy(view.transpose(2, 0, 1).copy()),
            torch.from_numpy(seen.copy()),
            torch.tensor(0),
            torch.tensor(row),
        )

    def _read_all(self) -> list[_Pair]:
        rows = range(len(self.records))
        with show_progress("reading", len(rows), shown=True) as advance:
            kept = []
            for pair in prefetch(self._read, rows, _AHEAD):
                kept.append(pair)
                advance(1, 0)
        return kept

    def _read(self, row: int) -> _Pair:
        if self._photos is not None and row >= self._rendered:
            return _at_most(self._photos.read(self._pairs[row - self._rendered]))
        record = self.records[row]
        parts = None if record.parts is None else read_parts(record.parts)
        image = source_pixels(record.image)
        return image, np.full(image.shape[:2], Part.BACKGROUND, np.uint8) if parts is None else parts


class Draws(Sampler[int]):
    """The numbers of the draws of an epoch, which go on from epoch to epoch; one process's share of them.

    Args:
        images: Drawn in an epoch, over all processes.
        rank: This process, 0 to `processes` - 1.
        processes: Their number.
    """

    def __init__(self, images: int, rank: int = 0, processes: int = 1) -> None:
        self._images, self._rank, self._processes, self._epoch = images, rank, processes, 0

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch's draws are next."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[int]:
        first = self._epoch * self._images
        return iter(range(first + self._rank, first + len(self) * self._processes, self._processes))

    def __len__(self) -> int:
        return self._images // self._processes


def _record(pair: LabelledPhoto, place: int) -> ImageRecord:
    """Return a photo as a record, for errors that name the files of a batch."""
    return ImageRecord(pair.photo, pair.labels, -1, "", None, place)


def _at_most(pair: _Pair) -> _Pair:
    """Return a photo and its map no higher than is of use."""
    image, parts = pair
    height, width = parts.shape
    if height <= _TALLEST:
        return pair
    size = max(1, round(width * _TALLEST / height)), _TALLEST
    smaller = Image.fromarray(image).resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0)
    return np.asarray(smaller), np.asarray(Image.fromarray(parts).resize(size, Image.Resampling.NEAREST))
