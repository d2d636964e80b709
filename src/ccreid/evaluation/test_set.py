"""From a model and a data set's test images to result rows."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import torch
from torch import Tensor, nn

from ccreid.datasets.images import read_image
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord
from ccreid.evaluation.extraction import extract_features
from ccreid.evaluation.features import Features
from ccreid.evaluation.protocols import evaluate_protocols, evaluate_reranked
from ccreid.evaluation.reranking import Reranking
from ccreid.evaluation.results import ResultRow, Setting

_BATCH = 64


def evaluate_model(
    model: nn.Module,
    data: PRCC,
    height: int,
    width: int,
    *,
    recipe: str,
    seed: int,
    device: torch.device | str = "cpu",
    reranking: Reranking | None = None,
) -> list[ResultRow]:
    """Evaluate a model across and within clothes under both protocols.

    Args:
        model: Gives the retrieval feature of normalised images as `feature`; see `extract_features`.
        data: Whose gallery and queries are used.
        height: That images are resized to.
        width: That images are resized to.
        recipe: Name of the recipe, for the rows.
        seed: Seed of the training, for the rows.
        device: Where the model runs.
        reranking: Adds rows of the protocol `all-gallery-reranked`.

    Raises:
        ImageError: A test image is broken.
        RankingError: The features cannot be ranked.
    """
    gallery = record_features(model, data.gallery, height, width, device)
    queries: dict[Setting, Features] = {
        "cross": record_features(model, data.query_cross, height, width, device),
        "same": record_features(model, data.query_same, height, width, device),
    }
    rows = evaluate_protocols(gallery, queries, recipe, seed)
    if reranking is not None:
        rows += evaluate_reranked(gallery, queries, recipe, seed, reranking)
    return rows


def record_features(
    model: nn.Module, records: Sequence[ImageRecord], height: int, width: int, device: torch.device | str = "cpu"
) -> Features:
    """Return the features of images on disk, in the records' order, with their paths.

    Raises:
        ImageError: An image is broken.
        ValueError: There are no records.
    """
    features = extract_features(model, _batches(records, height, width), device)
    return replace(features, paths=[str(record.image) for record in records])


def _batches(records: Sequence[ImageRecord], height: int, width: int) -> Iterator[tuple[Tensor, list[int], list[str]]]:
    # Threads decode the next batch while the model is busy with this one.
    with ThreadPoolExecutor() as pool:
        images = pool.map(lambda record: read_image(record.image, height, width), records)
        for start in range(0, len(records), _BATCH):
            batch = records[start : start + _BATCH]
            pixels = torch.stack([next(images) for _ in batch])
            yield pixels, [record.identity for record in batch], [record.camera for record in batch]
