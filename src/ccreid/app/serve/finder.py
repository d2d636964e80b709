"""What the page and the API ask for: people found, two photos compared, overlays, and the query in other clothes."""

import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final, Literal, NamedTuple, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ccreid.app.serve.clothes import other_clothes
from ccreid.app.serve.overlays import Activation, part_pictures
from ccreid.app.serve.photo import Photo, gallery_photo, short_name
from ccreid.datasets.decoding import ImageError
from ccreid.errors import BadValueError, MissingFileError
from ccreid.models.calibration import NotCalibratedError
from ccreid.models.reid_model import ReIDModel
from ccreid.parsing.parser import Parser
from ccreid.retrieval.embedding import photo_feature, require_images_alone
from ccreid.retrieval.entry import Entry, Hit
from ccreid.retrieval.feature_mark import mark_of, require_same_model
from ccreid.retrieval.filters import Filters
from ccreid.retrieval.find import find
from ccreid.retrieval.other_clothes import clothes_left_out, without_clothes
from ccreid.retrieval.store import Store

FMR: Final = 0.01
"""The false-match rate at which two photos are said to show the same person."""

LOOKED_AT: Final = 10_000
"""Entries of which the gallery's people and cameras are listed; a larger gallery's others are found all the same."""

SHOWN: Final = 384
"""Pixels on the longer side of the photos that are shown, with overlays or in other clothes."""

# Photos of others that may lend their clothes.
_DONORS: Final = 12

Kind = Literal["activation", "parts"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


class UnknownEntryError(MissingFileError):
    """The gallery has no entry of that id."""


@dataclass(frozen=True)
class Asked:
    """Whom a request is about: a photo that was sent, or an entry of the gallery.

    Attributes:
        feature: float32 (1, D) of length 1.
        id: In galleries; the entry of this id is not found.
        photo: Gives the photo.
        identity: Who it is; "" where that is not known.
        other_clothes: Whether what is worn does not count; the feature says nothing of it then.
    """

    feature: NDArray[np.float32]
    id: str
    photo: Callable[[], Photo]
    identity: str = ""
    other_clothes: bool = False


@dataclass
class Person:
    """A person of the gallery, or a photo of somebody without a name.

    Attributes:
        identity: The name, "" where there is none.
        entry: The one that stands for the person.
        count: How many entries are of the person.
        cameras: That saw the person.
    """

    identity: str
    entry: Entry
    count: int = 0
    cameras: set[str] = field(default_factory=set)


class People(NamedTuple):
    """Who is in the gallery.

    Attributes:
        people: By name, those without a name last.
        cameras: All that are known, by name.
        looked_at: How many entries these are of, see `LOOKED_AT`.
    """

    people: list[Person]
    cameras: list[str]
    looked_at: int


class Redressed(NamedTuple):
    """A photo in other clothes and whom it finds.

    Attributes:
        photo: RGB (H, W, 3).
        found: The most similar first.
    """

    photo: NDArray[np.uint8]
    found: list[Hit]


class Finder:
    """A model, a gallery and a parser, for many threads at once: one at a time runs the networks, one the gallery.

    Args:
        store: The gallery; it may be empty, or not there yet.
        model: What makes features; that of the gallery's.
        parser: Finds the six parts.
        same_from: Thresholds that were measured at `FMR`, by whether what is worn does not count; they are taken in
            the place of the model's.

    Raises:
        OtherModelError: The gallery's features are of another model.
        BadValueError: The model reads part maps.
    """

    def __init__(
        self, store: Store, model: ReIDModel, parser: Parser, same_from: Mapping[bool, float] | None = None
    ) -> None:
        require_images_alone(model)
        self.model = model
        self._store = store
        self._parser = parser
        self._same_from = same_from or {}
        self._mark = mark_of(model)
        self._activation = Activation(model)
        # One thread for all that a network computes, so that memory is that of one request.
        self._networks = ThreadPoolExecutor(1, "networks")
        self._lock = threading.Lock()
        with self._gallery():
            pass

    @property
    def uri(self) -> str:
        """Where the gallery is."""
        return self._store.uri

    @property
    def gallery(self) -> str:
        """What the gallery is called before others: a server's address, or a file's name without its folders."""
        return self.uri if "://" in self.uri else Path(self.uri).name

    @property
    def model_name(self) -> str:
        """What the model is called."""
        return self._mark.name

    @property
    def keeps_clothes_apart(self) -> bool:
        """Whether people can be looked for in other clothes."""
        return self.model.network.clothes_from is not None

    def count(self) -> int:
        """Return how many entries the gallery has."""
        with self._lock:
            return self._store.count()

    def same_from(self, other_clothes: bool = False) -> float | None:
        """Return the similarity from which two photos show the same person at `FMR`, None where none was measured.

        Args:
            other_clothes: What is worn does not count; the model's own threshold is of clothes and all.
        """
        if other_clothes in self._same_from or other_clothes:
            return self._same_from.get(other_clothes)
        try:
            return self.model.threshold(FMR)
        except (NotCalibratedError, BadValueError):
            return None

    def people(self, cameras: tuple[str, ...] = ()) -> People:
        """Return who is in the gallery.

        Args:
            cameras: Only whom these saw.
        """
        with self._lock:
            entries = self._store.entries(Filters(), LOOKED_AT)
        found: dict[str, Person] = {}
        for entry in entries:
            if cameras and entry.camera not in cameras:
                continue
            person = found.setdefault(entry.identity or entry.id, Person(entry.identity, entry))
            person.count += 1
            person.cameras.update({entry.camera} - {""})
        ordered = sorted(found.values(), key=lambda person: (not person.identity, person.identity, person.entry.path))
        return People(ordered, sorted({entry.camera for entry in entries} - {""}), len(entries))

    def asked(self, photo: Photo | None, id: str | None, other_clothes: bool = False) -> Asked:
        """Return whom a request is about.

        Args:
            photo: One that was sent, or
            id: that of an entry.
            other_clothes: What is worn does not count.

        Raises:
            BadValueError: Both are given, or neither, or clothes are not to count and the model does not keep them
                apart or sees no head.
            UnknownEntryError: There is no such entry.
            ImageError: The photo is broken, or the model finds nothing in it.
        """
        if (photo is None) == (id is None):
            raise BadValueError("give either a photo or the id of an entry of the gallery")
        if id is not None:
            with self._gallery() as store:
                entry, feature = _known(store, id), store.vectors([id])
            whole = Asked(feature, id, lambda: gallery_photo(entry, self.uri), entry.identity)
            name = short_name(Path(entry.path).name)
        else:
            assert photo is not None
            whole = Asked(self._run(photo_feature, photo.name, photo.data, self.model), photo.id, lambda: photo)
            name = photo.name
        if not other_clothes:
            return whole
        return replace(whole, feature=without_clothes(whole.feature, self.model, [name]), other_clothes=True)

    def search(self, asked: Asked, top: int, filters: Filters) -> list[Hit]:
        """Return the entries that are most like somebody, the most similar first.

        Args:
            asked: Who is looked for.
            top: How many entries.
            filters: What they must be.

        Raises:
            MissingFileError: There is no gallery.
        """
        return self._found(asked.feature, asked.id, top, filters)

    def similarity(self, one: Asked, other: Asked) -> float:
        """Return how alike two are, -1..1.

        Args:
            one: A photo or an entry.
            other: The one that it is compared with.
        """
        return float(self.model.similarity(one.feature, other.feature)[0, 0])

    def overlays(self, asked: Asked, ids: Sequence[str], kind: Kind) -> list[Image.Image | None]:
        """Return pictures with an overlay: of who is asked for, then of entries; None where an entry's photo is gone.

        Args:
            asked: A photo or an entry; its activation is of what makes it like the first of the entries.
            ids: Entries; their activation is of what makes them like who is asked for.
            kind: What lies over the photos.

        Raises:
            UnknownEntryError: There is no such entry.
            ImageError: The photo that is asked for is broken.
        """
        with self._gallery() as store:
            entries = [_known(store, id) for id in ids]
            like = store.vectors(ids[:1]) if ids else asked.feature
        like = clothes_left_out(like, self.model) if asked.other_clothes else like
        photos = [asked.photo().pixels(SHOWN), *(_pixels(entry, self.uri) for entry in entries)]
        shown = [photo for photo in photos if photo is not None]
        if kind == "parts":
            drawn = self._run(part_pictures, shown, self._parser)
        else:
            features = np.concatenate([like, np.repeat(asked.feature, len(shown) - 1, axis=0)])
            drawn = self._run(self._activation.pictures, shown, features)
        pictures = iter(drawn)
        return [None if photo is None else next(pictures) for photo in photos]

    def in_other_clothes(self, asked: Asked, top: int, filters: Filters, seed: int) -> Redressed:
        """Return who is asked for in clothes of others of the gallery, and whom that finds.

        Args:
            asked: A photo or an entry.
            top: How many entries to find.
            filters: What they must be.
            seed: Decides whose clothes they are.

        Raises:
            BadValueError: No clothes are found, or clothes are not to count and no head is found between others.
            ImageError: The photo that is asked for is broken.
        """
        with self._gallery() as store:
            entries = store.entries(Filters(), LOOKED_AT)
        others = [
            one for one in entries if one.id != asked.id and not (one.identity and one.identity == asked.identity)
        ]
        random.Random(seed).shuffle(others)
        donors = (photo for one in others[:_DONORS] if (photo := _pixels(one, self.uri)) is not None)
        painted = self._run(other_clothes, asked.photo().pixels(SHOWN), donors, self._parser)
        feature = self._run(partial(self.model.embed, progress=False), painted)
        feature = without_clothes(feature, self.model, ["the photo"]) if asked.other_clothes else feature
        return Redressed(painted, self._found(feature, asked.id, top, filters))

    def photo(self, id: str) -> Photo:
        """Return an entry's photo.

        Raises:
            UnknownEntryError: There is no such entry.
            MissingFileError: Its file is gone.
            ImageError: It is broken.
        """
        with self._gallery() as store:
            entry = _known(store, id)
        return gallery_photo(entry, self.uri)

    def close(self) -> None:
        """Wait for what is running, and let another process have the gallery."""
        self._networks.shutdown()
        with self._lock:
            self._store.close()

    def _found(self, feature: NDArray[np.float32], own: str, top: int, filters: Filters) -> list[Hit]:
        with self._gallery() as store:
            return find(store, feature, top, filters, [{own}])[0]

    @contextmanager
    def _gallery(self) -> Iterator[Store]:
        """Give the gallery to one thread, once it is sure that it is still this model's."""
        with self._lock:
            there = self._store.mark()
            if there is not None:
                require_same_model(there, self._mark, self._store.uri)
            yield self._store

    def _run(self, function: Callable[_P, _T], *args: _P.args, **others: _P.kwargs) -> _T:
        return self._networks.submit(function, *args, **others).result()


def _known(store: Store, id: str) -> Entry:
    known = store.known([id])
    if id not in known:
        raise UnknownEntryError(f"the gallery has no entry {id[:64]!r}: it may have been removed, search again")
    return known[id]


def _pixels(entry: Entry, gallery: str) -> NDArray[np.uint8] | None:
    try:
        return gallery_photo(entry, gallery).pixels(SHOWN)
    except (MissingFileError, ImageError):
        return None
