"""From image files to features, a batch at a time: each file is read once, for its digest and its pixels."""

import hashlib
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ccreid.datasets.decoding import ImageError, decode_image, image_errors, opened_image
from ccreid.datasets.images import drafted_rgb, resize_image
from ccreid.datasets.record import ImageRecord, Skipped
from ccreid.datasets.tracks import Item, middle_image
from ccreid.errors import BadValueError
from ccreid.models.reid_model import ReIDModel
from ccreid.prefetch import prefetch
from ccreid.retrieval.entry import Entry, Rows

BATCH: Final = 64
"""Images that go through the network at once."""

_AHEAD: Final = 4 * BATCH


@dataclass
class Embedded:
    """What became of the images, or tracks, that were given; filled while features are made.

    Attributes:
        entries: Of every one that can be searched, by id, in the order in which they came; also those of which there
            was a feature already.
        made: How many features were made.
        broken: Images that were left out, and why.
        copies: Images whose bytes another has too; they share one feature.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    made: int = 0
    broken: list[Skipped] = field(default_factory=list)
    copies: list[Skipped] = field(default_factory=list)

    @property
    def kept(self) -> int:
        """How many features were there already."""
        return len(self.entries) - self.made


class _Read(NamedTuple):
    """A file that was read: its record, its digest, its pixels unless they are not needed, and what is wrong."""

    record: ImageRecord
    digest: str
    pixels: NDArray[np.uint8] | None
    fault: str


def embed_items(
    items: Sequence[Item],
    model: ReIDModel,
    known: Collection[str],
    done: Embedded,
    advance: Callable[[int, int], None],
) -> Iterator[Rows]:
    """Yield features of images or tracks that are not known yet, float32, in the items' order, a batch at a time.

    Which items share a batch depends on the items before them that are unknown alone: where the known ones are those
    of the first batches, the others' features are the same to the last bit.

    Args:
        items: Images, as items of one, or tracks.
        model: What makes the features.
        known: Ids of which there is a feature.
        done: Where it is written down what became of each.
        advance: Is told of images that were worked on, and of those that needed nothing.

    Raises:
        BadValueError: The model reads part maps.
    """
    require_images_alone(model)
    seen = known if isinstance(known, set | frozenset | dict) else set(known)
    batch: list[tuple[Entry, list[_Read]]] = []
    for item, reads in _whole(items, model, seen):
        entry = _entry(item, reads, done)
        if entry is None or entry.id in seen:
            advance(0, len(item))
        else:
            batch.append((entry, reads))
        if sum(len(reads) for _, reads in batch) >= BATCH:
            yield from _made(batch, model, done, advance)
            batch = []
    if batch:
        yield from _made(batch, model, done, advance)


def query_features(photos: Sequence[str | Path], model: ReIDModel) -> tuple[NDArray[np.float32], list[str]]:
    """Return the features of photos that are looked for, float32 (N, D), and the ids that they have in galleries.

    Args:
        photos: Files.
        model: What makes the features.

    Raises:
        ImageError: One is broken or no image.
        BadValueError: The model finds nothing in one, or reads part maps.
    """
    done = Embedded()
    items = [(ImageRecord.of_file(Path(photo)),) for photo in photos]
    pieces = list(embed_items(items, model, (), done, lambda worked, passed: None))
    if done.broken:
        raise ImageError(done.broken[0].reason)
    features = {entry.id: row for rows in pieces for entry, row in zip(rows.entries, rows.vectors, strict=True)}
    ids = [hashlib.sha256(Path(photo).read_bytes()).hexdigest() for photo in photos]
    return np.stack([features[id] for id in ids]).astype(np.float32), ids


def photo_feature(name: str, data: bytes, model: ReIDModel) -> NDArray[np.float32]:
    """Return the feature (1, D) of an image file's bytes, the same as of that file.

    Args:
        name: Of the file, for the error's text.
        data: Its content.
        model: What makes the feature.

    Raises:
        ImageError: The bytes are broken or no image, or the model finds nothing in it.
        BadValueError: The model reads part maps.
    """
    require_images_alone(model)
    feature = model.embed(_pixels(Path(name), data, model), progress=False)
    if not feature.any() or not np.isfinite(feature).all():
        raise ImageError(_nothing_in(name))
    return feature


def require_images_alone(model: ReIDModel) -> None:
    """Refuse a model that needs more than a photo.

    Raises:
        BadValueError: It reads part maps.
    """
    if model.network.reads_parts == "always":
        raise BadValueError(
            f"{model.recipe.model.system} reads part maps beside the images, which photos do not have: choose a model "
            "that reads images alone"
        )


def _whole(items: Sequence[Item], model: ReIDModel, known: Collection[str]) -> Iterator[tuple[Item, list[_Read]]]:
    """Yield each item with its files, read ahead."""
    single = all(len(item) == 1 for item in items)

    def read(record: ImageRecord) -> _Read:
        return _read(record, model, known if single else ())

    reads = prefetch(read, (record for item in items for record in item), _AHEAD)
    for item in items:
        yield item, [next(reads) for _ in item]


def _read(record: ImageRecord, model: ReIDModel, known: Collection[str]) -> _Read:
    path = record.image
    try:
        str(path).encode()
        with image_errors(path):
            data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        return _Read(record, digest, None if digest in known else _pixels(path, data, model), "")
    except UnicodeEncodeError:
        shown = str(path).encode("utf-8", "backslashreplace").decode()
        return _Read(record, "", None, f"{shown} has a name that is not UTF-8: rename it")
    except ImageError as error:
        return _Read(record, "", None, str(error))


def _pixels(path: Path, data: bytes, model: ReIDModel) -> NDArray[np.uint8]:
    """Return what `ReIDModel.embed` makes of the file, uint8 RGB (H, W, 3), without reading it again."""
    if model.network.reads_own_size:
        return decode_image(path, data)
    with opened_image(path, io.BytesIO(data)) as image:
        pixels = drafted_rgb(image, *model.size)
    return resize_image(pixels, *model.size).permute(1, 2, 0).numpy()


def _entry(item: Item, reads: Sequence[_Read], done: Embedded) -> Entry | None:
    """Write down an item; return None where nothing is to be made of it."""
    done.broken += [Skipped(read.record.image, read.fault) for read in reads if read.fault]
    digests = [read.digest for read in reads if not read.fault]
    if not digests:
        return None
    id = digests[0] if len(item) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    middle = middle_image(tuple(read.record for read in reads if not read.fault))
    if id in done.entries:
        done.copies.append(Skipped(middle.image, f"the same file as {done.entries[id].path}"))
        return None
    entry = Entry(
        id,
        str(middle.image.absolute()),
        middle.who if middle.person or middle.identity else "",
        middle.camera,
        middle.time or "",
        middle.track or "",
        "" if middle.clothes is None else str(middle.clothes),
    )
    done.entries[id] = entry
    return entry


def _made(
    batch: Sequence[tuple[Entry, Sequence[_Read]]],
    model: ReIDModel,
    done: Embedded,
    advance: Callable[[int, int], None],
) -> Iterator[Rows]:
    if all(len(reads) == 1 for _, reads in batch):
        pixels = [reads[0].pixels for _, reads in batch]
        features = model.embed([one for one in pixels if one is not None], batch_size=BATCH, progress=False)
    else:
        features = model.embed_tracks([[read.record for read in reads if not read.fault] for _, reads in batch])
    advance(sum(len(reads) for _, reads in batch), 0)
    numbers = np.all(np.isfinite(features), axis=1)
    found = np.any(features, axis=1) & numbers
    for (entry, _), there, number in zip(batch, found, numbers, strict=True):
        if not there:
            reason = (
                _nothing_in(entry.path) if number else f"{entry.path} has a feature of no numbers: try another model"
            )
            done.broken.append(Skipped(Path(entry.path), reason))
            del done.entries[entry.id]
    done.made += int(found.sum())
    if found.any():
        yield Rows([entry for (entry, _), there in zip(batch, found, strict=True) if there], features[found])


def _nothing_in(name: str) -> str:
    return f"{name} shows nothing that the model can describe"
