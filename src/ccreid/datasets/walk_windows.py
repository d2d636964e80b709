"""Which images of a data set follow each other in one walk, and the frames around each of them."""

from collections.abc import Hashable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from ccreid.datasets.record import ImageRecord
from ccreid.datasets.wardrobe_file import read_walks


def walks_of(root: Path, records: Sequence[ImageRecord]) -> list[Hashable]:
    """Return the walk that each image belongs to, as a key that the images of one walk share.

    Wardrobe's `wardrobe.json` says it. Elsewhere the images of one track, or of one person in one outfit before one
    camera where tracks are not known, count as one walk, as PRCC's frames do.

    Args:
        root: Of the data set.
        records: Images below its rgb/.

    Raises:
        DataSetError: wardrobe.json is damaged or does not have an image.
    """
    seen: list[Hashable] = [(record.identity, record.camera, record.clothes, record.track) for record in records]
    walks = read_walks(root, records)
    return seen if walks is None else list(zip(seen, walks, strict=True))


def walk_windows(walks: Sequence[Hashable], frames: Sequence[int], length: int, own: int) -> tuple[Tensor, Tensor]:
    """Return for each image the `length` images of its walk around it, itself at place `own`.

    Images of a walk follow each other in the order of their frame numbers, whether or not numbers are left out.

    Args:
        walks: Key of each image's walk; see `walks_of`.
        frames: Number of each image in its sequence.
        length: Images in a window.
        own: Place of the image itself, 0..length - 1.

    Returns:
        Places of the images, int64 (N, length), and whether the walk has an image there, bool (N, length). Where the
        walk begins later or ends earlier the image itself fills the place.
    """
    followers: dict[Hashable, list[int]] = {}
    for image in sorted(range(len(walks)), key=lambda image: frames[image]):
        followers.setdefault(walks[image], []).append(image)
    places = torch.arange(len(walks))[:, None].repeat(1, length)
    known = torch.zeros(len(walks), length, dtype=torch.bool)
    for walk in followers.values():
        images = torch.tensor(walk)
        wanted = torch.arange(len(walk))[:, None] + torch.arange(length) - own
        there = (wanted >= 0) & (wanted < len(walk))
        places[images] = torch.where(there, images[wanted.clamp(0, len(walk) - 1)], images[:, None])
        known[images] = there
    return places, known
