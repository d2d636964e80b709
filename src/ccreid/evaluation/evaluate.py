"""From a model and a data set's test images to result rows."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from ccreid.datasets.images import read_image, read_image_as_it_is, read_pair
from ccreid.datasets.pack import Pack
from ccreid.datasets.part_maps import require_parts
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import ImageRecord
from ccreid.datasets.retrieval_setting import RetrievalSetting
from ccreid.evaluation.features import Features
from ccreid.evaluation.protocols import evaluate_all_gallery, evaluate_protocols, evaluate_reranked
from ccreid.evaluation.reranking import Reranking
from ccreid.evaluation.results import ResultRow
from ccreid.models.extraction import extract_features
from ccreid.models.network import parts_use, reads_own_size

_BATCH = 64

# Batches that are decoded ahead of the model; all of a large data set would not fit in memory.
_AHEAD = 4


def evaluate_model(
    model: nn.Module,
    data: PeopleDataSet,
    height: int,
    width: int,
    *,
    recipe: str,
    seed: int,
    device: torch.device | str = "cpu",
    reranking: Reranking | None = None,
    pack: Pack | None = None,
) -> list[ResultRow]:
    """Evaluate a model in all settings of a data set, in whole galleries and single-shot where the field does that.

    The feature of an image is computed once, in however many settings it takes part.

    Args:
        model: Gives the retrieval feature of normalised images as `feature`; see `extract_features`.
        data: Whose settings are evaluated.
        height: That images are resized to.
        width: That images are resized to.
        recipe: Name of the recipe, for the rows.
        seed: Seed of the training, for the rows.
        device: Where the model runs.
        reranking: Adds rows of the protocol `all-gallery-reranked`.
        pack: Where images are taken from that are in it.

    Raises:
        ImageError: A test image is broken.
        RankingError: The features cannot be ranked.
    """
    settings = data.settings
    rows: list[ResultRow] = []
    reranked: list[ResultRow] = []
    for setting, (query, gallery) in zip(
        settings, setting_features(model, settings, height, width, device, pack), strict=True
    ):
        evaluate = evaluate_protocols if setting.single_shot else evaluate_all_gallery
        rows += evaluate(gallery, {setting.name: query}, recipe, seed)
        if reranking is not None:
            reranked += evaluate_reranked(gallery, {setting.name: query}, recipe, seed, reranking)
    return [replace(row, dataset=data.name) for row in rows + reranked]


def setting_features(
    model: nn.Module,
    settings: Sequence[RetrievalSetting],
    height: int,
    width: int,
    device: torch.device | str = "cpu",
    pack: Pack | None = None,
) -> list[tuple[Features, Features]]:
    """Return the features of each setting's queries and gallery, with the labels that its filters compare.

    Their `cameras` are what matches may not share with the query, tracklets for instance, and they carry `clothes` in
    settings across clothes. Each image goes through the model once. Errors are those of `record_features`.
    """
    records = {
        record.image: record for setting in settings for side in (setting.gallery, setting.query) for record in side
    }
    features = record_features(model, list(records.values()), height, width, device, pack)
    rows = {image: row for row, image in enumerate(records)}

    def of(side: Sequence[ImageRecord], setting: RetrievalSetting) -> Features:
        return with_labels(features.take(np.array([rows[record.image] for record in side])), side, setting)

    return [(of(setting.query, setting), of(setting.gallery, setting)) for setting in settings]


def with_labels(features: Features, records: Sequence[ImageRecord], setting: RetrievalSetting) -> Features:
    """Return the records' features with the labels that a setting's filters compare, as `cameras` and `clothes`."""
    return replace(
        features,
        cameras=np.array([setting.view_of(record) for record in records]),
        clothes=np.array([record.clothes for record in records]) if setting.across_clothes else None,
    )


def features_of_sets(
    model: nn.Module,
    sets: Sequence[Sequence[ImageRecord]],
    height: int,
    width: int,
    device: torch.device | str = "cpu",
    pack: Pack | None = None,
) -> list[Features]:
    """Return what `record_features` does for each of some sets, in one pass, so that batch norms are folded once.

    Raises:
        ImageError: An image is broken.
        ValueError: There are no records.
    """
    together = record_features(model, [record for records in sets for record in records], height, width, device, pack)
    ends = np.cumsum([len(records) for records in sets])
    return [together.take(np.arange(end - len(records), end)) for records, end in zip(sets, ends, strict=True)]


def record_features(
    model: nn.Module,
    records: Sequence[ImageRecord],
    height: int,
    width: int,
    device: torch.device | str = "cpu",
    pack: Pack | None = None,
) -> Features:
    """Return the features of images on disk, in the records' order, with their paths; from a pack where they are in it.

    A model that `reads_own_size` sees each image as it is on disk; height, width and pack are then of no account.

    Raises:
        ImageError: An image is broken.
        PartMapError: The model reads part maps, and an image's is missing or broken.
        ValueError: There are no records.
    """
    if reads_own_size(model):
        features = extract_features(model, _single_images(records), device)
    else:
        with_parts = parts_use(model) == "always"
        if with_parts:
            require_parts(records)
        features = extract_features(model, _batches(records, height, width, pack, with_parts), device)
    return replace(features, paths=[str(record.image) for record in records])


def _single_images(records: Sequence[ImageRecord]) -> Iterator[tuple[Tensor, list[int], list[str]]]:
    for record in records:
        yield read_image_as_it_is(record.image)[None], [record.identity], [record.camera]


def _batches(
    records: Sequence[ImageRecord], height: int, width: int, pack: Pack | None, with_parts: bool
) -> Iterator[tuple[Tensor, list[int], list[str]] | tuple[Tensor, list[int], list[str], Tensor]]:
    rows = np.full(len(records), -1) if pack is None else pack.rows(records)

    def pixels(index: int) -> tuple[Tensor, Tensor | None]:
        if pack is not None and rows[index] >= 0:
            images, parts = pack.read(rows[[index]])
            return images[0], parts[0]
        if with_parts:
            return read_pair(records[index], height, width)
        return read_image(records[index].image, height, width), None

    # Threads decode the next batches while the model is busy with this one.
    with ThreadPoolExecutor() as pool:
        waiting: deque[Future[tuple[Tensor, Tensor | None]]] = deque()
        for start in range(0, len(records), _BATCH):
            stop = min(start + _BATCH, len(records))
            ahead = min(start + (1 + _AHEAD) * _BATCH, len(records))
            waiting.extend(pool.submit(pixels, index) for index in range(start + len(waiting), ahead))
            batch = records[start:stop]
            read = [waiting.popleft().result() for _ in batch]
            images = torch.stack([image for image, _ in read])
            labels = [record.identity for record in batch], [record.camera for record in batch]
            if with_parts:
                yield images, *labels, torch.stack([parts for _, parts in read if parts is not None])
            else:
                yield images, *labels
