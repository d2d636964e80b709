"""From a model and a data set's test images to result rows."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from ccreid.datasets.images import read_image
from ccreid.datasets.pack import Pack
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import ImageRecord
from ccreid.datasets.retrieval_setting import RetrievalSetting
from ccreid.evaluation.extraction import extract_features
from ccreid.evaluation.features import Features
from ccreid.evaluation.protocols import evaluate_all_gallery, evaluate_protocols, evaluate_reranked
from ccreid.evaluation.reranking import Reranking
from ccreid.evaluation.results import ResultRow

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


def record_features(
    model: nn.Module,
    records: Sequence[ImageRecord],
    height: int,
    width: int,
    device: torch.device | str = "cpu",
    pack: Pack | None = None,
) -> Features:
    """Return the features of images on disk, in the records' order, with their paths; from a pack where they are in it.

    Raises:
        ImageError: An image is broken.
        ValueError: There are no records.
    """
    features = extract_features(model, _batches(records, height, width, pack), device)
    return replace(features, paths=[str(record.image) for record in records])


def _batches(
    records: Sequence[ImageRecord], height: int, width: int, pack: Pack | None
) -> Iterator[tuple[Tensor, list[int], list[str]]]:
    rows = np.full(len(records), -1) if pack is None else pack.rows(records)

    def pixels(index: int) -> Tensor:
        if pack is not None and rows[index] >= 0:
            return pack.read(rows[[index]])[0][0]
        return read_image(records[index].image, height, width)

    # Threads decode the next batches while the model is busy with this one.
    with ThreadPoolExecutor() as pool:
        waiting: deque[Future[Tensor]] = deque()
        for start in range(0, len(records), _BATCH):
            stop = min(start + _BATCH, len(records))
            ahead = min(start + (1 + _AHEAD) * _BATCH, len(records))
            waiting.extend(pool.submit(pixels, index) for index in range(start + len(waiting), ahead))
            batch = records[start:stop]
            images = torch.stack([waiting.popleft().result() for _ in batch])
            yield images, [record.identity for record in batch], [record.camera for record in batch]
