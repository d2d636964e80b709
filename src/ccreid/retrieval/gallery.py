"""A gallery of people in Python: photos are added, looked for and removed, wherever the features are kept."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from ccreid.datasets.record import ImageRecord, Skipped
from ccreid.datasets.table_file import TABLE_SUFFIXES
from ccreid.evaluation.reranking import Reranking
from ccreid.models.reid_model import ReIDModel
from ccreid.progress import LONG, show_progress
from ccreid.retrieval.embedding import Embedded, embed_items, query_features
from ccreid.retrieval.entry import Entry, Hit
from ccreid.retrieval.feature_mark import mark_of, require_same_model
from ccreid.retrieval.filters import filters_of
from ccreid.retrieval.find import as_one, find
from ccreid.retrieval.indexing import remove
from ccreid.retrieval.listing import list_images
from ccreid.retrieval.other_clothes import without_clothes
from ccreid.retrieval.store import open_store

Photo = str | Path


class Gallery:
    """People that can be found again: photos by the features of a model, in a table, in Milvus Lite or on a server.

    Args:
        uri: features.parquet, gallery.db or http://host:19530; what is not there yet is made with the first photos.
        model: What makes the features; that of the features that are there.
        token: For a server.
        collection: Name of the collection in Milvus.

    Raises:
        OtherModelError: The gallery's features are of another model.
        BadValueError: The address is of no known kind.
        MissingExtraError: pyarrow or pymilvus is not installed.

    Example:
        >>> from PIL import Image
        >>> from ccreid import build_model
        >>> for name, colour in (("ann", "red"), ("bo", "blue"), ("who", "darkred")):
        ...     Image.new("RGB", (64, 128), colour).save(f"{name}.png")
        >>> model = ReIDModel(build_model("baseline", num_identities=2, backbone="resnet18").eval(), device="cpu")
        >>> gallery = Gallery("people.parquet", model)
        >>> len(gallery.add(["ann.png", "bo.png"])), len(gallery)
        (0, 2)
        >>> [Path(hit.entry.path).name for hit in gallery.search("who.png", top=1)[0]]
        ['ann.png']
        >>> len(gallery.remove(paths=["ann.png"])), len(gallery)
        (1, 1)
    """

    def __init__(self, uri: str | Path, model: ReIDModel, token: str = "", collection: str = "people") -> None:
        self._model = model
        self._mark = mark_of(model)
        self._store = open_store(uri, token, collection)
        there = self._store.mark()
        if there is not None:
            require_same_model(there, self._mark, self._store.uri)

    def __len__(self) -> int:
        return self._store.count()

    def __repr__(self) -> str:
        return f"Gallery({self._store.uri!r}, {self._mark})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def add(self, photos: Photo | Iterable[Photo | ImageRecord], progress: bool | None = None) -> list[Skipped]:
        """Add photos; one that is there already, by its content, gets no second feature.

        Args:
            photos: A folder or a data set, with what is known of its images, see `list_images`; or files; or records.
            progress: Show how far it is; where it is left out, of more than 512 photos.

        Returns:
            The photos that were left out, and why.

        Raises:
            BadValueError: The model reads part maps.
        """
        records = _records(photos)
        done = Embedded()
        known = {entry.id for entry in self._store.entries(filters_of())}
        shown = len(records) > LONG if progress is None else progress
        with show_progress("embedding", len(records), shown) as advance:
            pieces = embed_items([(record,) for record in records], self._model, known, done, advance)
            self._store.upsert(pieces, self._mark, len(records) + len(known))
        return done.broken

    def search(
        self,
        photos: Photo | Sequence[Photo],
        top: int = 10,
        *,
        cameras: Sequence[str] = (),
        since: str | None = None,
        until: str | None = None,
        together: bool = False,
        other_clothes: bool = False,
        reranking: Reranking | None = None,
    ) -> list[list[Hit]]:
        """Return for each photo the entries that are most like it; a photo does not find itself.

        Args:
            photos: Files.
            top: How many entries of each.
            cameras: Entries of these cameras alone.
            since: Entries taken then or later, such as 2024-05-01 or 2024-05-01T18:30.
            until: Entries taken then or before.
            together: The photos are of one person, and one query.
            other_clothes: What is worn on the photos does not count, of a model that keeps clothes apart; the
                similarities are then below 1 throughout.
            reranking: Re-ranks the first 100 by k-reciprocal neighbours.

        Returns:
            A list of hits for each photo, or one list of them where they are together.

        Raises:
            ImageError: A photo is broken.
            BadValueError: A time or `top` is out of its range, the model finds nothing in a photo, or clothes are not
                to count and it does not keep them apart or sees nothing else.
            MissingFileError: There is no gallery yet.
        """
        files = [photos] if isinstance(photos, str | Path) else photos
        queries, ids = query_features(files, self._model)
        queries = without_clothes(queries, self._model, files) if other_clothes else queries
        queries = as_one(queries) if together else queries
        own = [set(ids)] if together else [{id} for id in ids]
        return find(self._store, queries, top, filters_of(tuple(cameras), since, until), own, reranking)

    def remove(
        self, *, identities: Sequence[str] = (), paths: Sequence[Photo] = (), cameras: Sequence[str] = ()
    ) -> list[Entry]:
        """Remove entries for good and return what they were; where several are given, all of them must be so.

        Args:
            identities: Of these people.
            paths: Of these files.
            cameras: Of these cameras.

        Raises:
            BadValueError: None is given.
            StillThereError: Some can still be found.
        """
        wanted = filters_of(tuple(cameras), identities=tuple(identities), paths=tuple(paths))
        return remove(self._store, wanted)

    def close(self) -> None:
        """Let another process have the gallery; Milvus Lite's is one process's at a time."""
        self._store.close()


def _records(photos: Photo | Iterable[Photo | ImageRecord]) -> list[ImageRecord]:
    if isinstance(photos, str | Path):
        path = Path(photos)
        is_listed = path.is_dir() or path.suffix.lower() in TABLE_SUFFIXES
        return list_images(path) if is_listed else [ImageRecord.of_file(path)]
    return [photo if isinstance(photo, ImageRecord) else ImageRecord.of_file(Path(photo)) for photo in photos]
