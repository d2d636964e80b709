"""Makes the features of images or tracks on a Ray cluster, or on this machine's cores."""

import functools
import platform
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ccreid.datasets.record import Skipped
from ccreid.datasets.tracks import Item
from ccreid.errors import BadValueError, MissingFileError
from ccreid.models.reid_model import ReIDModel
from ccreid.ray_engine import map_on_ray
from ccreid.retrieval.embedding import BATCH, Embedded, embed_items
from ccreid.retrieval.entry import Rows
from ccreid.retrieval.feature_mark import mark_of


class _Piece(NamedTuple):
    """Items that a worker embeds at once, and their place among all."""

    place: int
    items: list[Item]


class _Made(NamedTuple):
    """What became of a piece, with what `advance` is to be told of it."""

    place: int
    rows: list[Rows]
    done: Embedded
    steps: list[tuple[int, int]]


def embed_items_on_ray(
    items: Sequence[Item],
    model: ReIDModel,
    known: Collection[str],
    done: Embedded,
    advance: Callable[[int, int], None],
    *,
    build: Callable[[], ReIDModel],
    workers: int | None = None,
    gpu: bool = True,
) -> Iterator[Rows]:
    """Yield features as `embed_items` does, made by workers as `map_on_ray` says, in any order.

    They are those of `embed_items` but for rounding, as other images may be in a batch. Of files with the same bytes
    the first among the items has the feature, as there.

    Args:
        items: Images, as items of one, or tracks.
        model: A model of this process, which the workers' must equal.
        known: Ids of which there is a feature; each worker holds them.
        done: Where it is written down what became of each.
        advance: Is told of images that were worked on, and of those that needed nothing.
        build: Makes a worker's model; pickled with cloudpickle.
        workers: How many models; as many as there are cores for None, or as there are GPUs where workers get one.
        gpu: Give each worker a GPU if the cluster has any.

    Raises:
        RayEngineError: The number of workers is out of range, the cluster cannot be reached, or a worker failed.
        MissingExtraError: The extra `ccreid[ray]` is not installed.
    """
    pieces = _pieces(items)
    worker = functools.partial(_worker, build, mark_of(model).model, frozenset(known))
    first: dict[str, int] = {}
    for made in map_on_ray(worker, pieces, workers, gpu) if pieces else ():
        for step in made.steps:
            advance(*step)
        new = {id for id in made.done.entries if id not in first}
        _write_down(made, done, first)
        for rows in made.rows:
            chosen = [place for place, entry in enumerate(rows.entries) if entry.id in new]
            done.made += len(chosen)
            if chosen:
                yield Rows([rows.entries[place] for place in chosen], rows.vectors[np.array(chosen)])


def _pieces(items: Sequence[Item]) -> list[_Piece]:
    pieces: list[_Piece] = []
    images = BATCH
    for item in items:
        if images >= BATCH:
            pieces.append(_Piece(len(pieces), []))
            images = 0
        pieces[-1].items.append(item)
        images += len(item)
    return pieces


def _write_down(made: _Made, done: Embedded, first: dict[str, int]) -> None:
    """Add what became of a piece to what became of all; of two files with the same bytes the later is the copy."""
    done.broken += made.done.broken
    done.copies += made.done.copies
    for id, entry in made.done.entries.items():
        if id not in first:
            first[id], done.entries[id] = made.place, entry
            continue
        kept, copy = (done.entries[id], entry) if first[id] < made.place else (entry, done.entries[id])
        done.copies.append(Skipped(Path(copy.path), f"the same file as {kept.path}"))
        first[id], done.entries[id] = min(first[id], made.place), kept


def _worker(build: Callable[[], ReIDModel], fingerprint: str, known: frozenset[str]) -> Callable[[_Piece], _Made]:
    """Return what a worker does with a piece, once its machine has the model."""
    model, machine = build(), platform.node()
    if mark_of(model).model != fingerprint:
        raise BadValueError(
            f"the model has other weights on {machine} than where the command was given: give all machines the same "
            "file"
        )

    def embed(piece: _Piece) -> _Made:
        folder = piece.items[0][0].image.parent
        if not folder.is_dir():
            raise MissingFileError(f"{machine} does not see {folder}: the machines must share the folders")
        done, steps = Embedded(), list[tuple[int, int]]()
        rows = list(embed_items(piece.items, model, known, done, lambda *step: steps.append(step)))
        return _Made(piece.place, rows, done, steps)

    return embed
