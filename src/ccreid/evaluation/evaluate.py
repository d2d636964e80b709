"""From a model and a data set's test images to result rows."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ccreid.datasets.pack import Pack, open_pack
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import ImageRecord
from ccreid.datasets.retrieval_setting import RetrievalSetting
from ccreid.datasets.tracks import Item, middle_image
from ccreid.evaluation.features import Features
from ccreid.evaluation.protocols import evaluate_all_gallery, evaluate_reranked, evaluate_single_shot
from ccreid.evaluation.reranking import Reranking
from ccreid.evaluation.results import ResultRow
from ccreid.models.reid_model import ReIDModel


def evaluate_model(model: ReIDModel, data: PeopleDataSet, reranking: Reranking | None = None) -> list[ResultRow]:
    """Evaluate a model in all settings of a data set, in whole galleries and single-shot where the field does that.

    The feature of an image is computed once, in however many settings it takes part. Images are taken from the data
    set's pack where it is there and has them. Where all test images say which track they are of, queries and gallery
    are tracks, each found by the mean of its images' features, see `ReIDModel.embed_tracks`, and counted as one.

    Args:
        model: Whose recipe's name and seed the rows bear.
        data: Whose settings are evaluated.
        reranking: Adds rows of the protocol `all-gallery-reranked`.

    Returns:
        For each setting the row of `all-gallery`, and of `single-shot` where the field reports it; then the rows after
        re-ranking. All bear the data set's name, what their queries are, and which matches were dropped.

    Raises:
        ImageError: A test image is broken.
        PartMapError: The model reads part maps, and a test image's is missing or broken.
        DataSetError: A track is of two people, cameras or outfits.
        RankingError: The features cannot be ranked.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from PIL import Image
        >>> from ccreid import build_model, open_data_set
        >>> model = ReIDModel(build_model("baseline", num_identities=150, backbone="resnet18"))
        >>> with TemporaryDirectory() as folder:  # PRCC's layout, with one person to train on and one to find
        ...     for place in ("train/001/A_", "test/A/002/", "test/B/002/", "test/C/002/"):
        ...         file = Path(folder, f"rgb/{place}cropped_rgb001.jpg")
        ...         file.parent.mkdir(parents=True)
        ...         Image.new("RGB", (128, 256)).save(file)
        ...     rows = evaluate_model(model, open_data_set(folder))
        >>> {row.protocol: row.R1 for row in rows if row.setting == "cross"}
        {'all-gallery': 1.0, 'single-shot': 1.0}
    """
    rows: list[ResultRow] = []
    reranked: list[ResultRow] = []
    name, seed, settings = model.recipe.name, model.recipe.seed, data.settings
    sides = setting_features(model, settings, pack_of(model, data))
    for setting, (query, gallery) in zip(settings, sides, strict=True):
        found = [evaluate_all_gallery(query, gallery, setting.name, name, seed)]
        if setting.single_shot:
            found.append(evaluate_single_shot(query, gallery, setting.name, name, seed))
        rows += _said_of(found, data, setting)
        if reranking is not None:
            after = evaluate_reranked(query, gallery, setting.name, name, seed, reranking)
            reranked += _said_of([after], data, setting)
    return rows + reranked


def _said_of(rows: Sequence[ResultRow], data: PeopleDataSet, setting: RetrievalSetting) -> list[ResultRow]:
    """Return rows of a setting that say what they are of."""
    unit, dropped = setting.unit, setting.dropped
    return [replace(row, dataset=data.name, unit=unit, dropped=dropped) for row in rows]


def pack_of(model: ReIDModel, data: PeopleDataSet) -> Pack | None:
    """Return the pack that a model's images of a data set are taken from, or None where there is none.

    Args:
        model: Says the image size and the modality, and may name the pack of the data set that it was trained on.
        data: The data set.

    Returns:
        The pack, opened, in the model's image size.

    Raises:
        PackError: The pack is damaged or holds other images.
    """
    settings = model.recipe.data
    # A pack that the recipe names belongs to the data set that the model was trained on.
    own = settings.pack if settings.root == data.root else None
    return open_pack(data.root, settings.height, settings.width, own, settings.modality)


def setting_features(
    model: ReIDModel, settings: Sequence[RetrievalSetting], pack: Pack | None = None
) -> list[tuple[Features, Features]]:
    """Return the features of each setting's queries and gallery, with the labels that its filters compare.

    Each image goes through the model once. In settings of tracks, each has one feature and the labels of its images.

    Args:
        model: The model.
        settings: Of one data set.
        pack: Where images are taken from that are in it.

    Returns:
        Query and gallery of each setting, in the settings' order.

    Raises:
        ImageError: An image is broken.
        PartMapError: The model reads part maps, and an image's is missing or broken.
        DataSetError: A track is of two people, cameras or outfits.
    """
    sides = [(setting, setting.items(setting.query), setting.items(setting.gallery)) for setting in settings]
    items = {_images_of(item): item for _, query, gallery in sides for item in (*query, *gallery)}
    if any(setting.unit == "tracks" for setting in settings):
        features = track_features(model, list(items.values()), pack)
    else:
        features = record_features(model, [record for (record,) in items.values()], pack)
    rows = {images: row for row, images in enumerate(items)}

    def of(side: Sequence[Item], setting: RetrievalSetting) -> Features:
        chosen = features.take(np.array([rows[_images_of(item)] for item in side]))
        return with_labels(chosen, [middle_image(item) for item in side], setting)

    return [(of(query, setting), of(gallery, setting)) for setting, query, gallery in sides]


def _images_of(item: Item) -> tuple[Path, ...]:
    return tuple(record.image for record in item)


def with_labels(features: Features, records: Sequence[ImageRecord], setting: RetrievalSetting) -> Features:
    """Return features with the labels that a setting's filters compare, as `cameras` and `clothes`.

    This alone decides where the clothes filters apply: features carry clothes in settings that look at them.

    Args:
        features: Of the records, in their order.
        records: The images, or one of each track.
        setting: Whose filters are meant.

    Returns:
        A copy that shares the features (N, D).
    """
    return replace(
        features,
        cameras=np.array([setting.view_of(record) for record in records]),
        clothes=None if setting.clothes == "any" else np.array([record.clothes for record in records]),
        match_clothes="same" if setting.clothes == "same" else "other",
    )


def features_of_sets(model: ReIDModel, sets: Sequence[Sequence[ImageRecord]]) -> list[Features]:
    """Return what `record_features` does for each of some sets, in one pass; errors are its.

    Args:
        model: The model.
        sets: Of images.

    Returns:
        The features of each set, in the order of its images.
    """
    together = record_features(model, [record for records in sets for record in records])
    ends = np.cumsum([len(records) for records in sets])
    return [together.take(np.arange(end - len(records), end)) for records, end in zip(sets, ends, strict=True)]


def record_features(model: ReIDModel, records: Sequence[ImageRecord], pack: Pack | None = None) -> Features:
    """Return the features of images on disk, in the records' order, with identities, cameras and paths.

    Args:
        model: The model.
        records: The images.
        pack: Where images are taken from that are in it.

    Returns:
        Features float32 (N, D), without clothes.

    Raises:
        ImageError: An image is broken.
        PartMapError: The model reads part maps, and an image's is missing or broken.
        BadValueError: There are no records.
    """
    return Features(
        model.embed_records(records, pack),
        np.array([record.identity for record in records]),
        np.array([record.camera for record in records]),
        paths=[str(record.image) for record in records],
    )


def track_features(model: ReIDModel, tracks: Sequence[Item], pack: Pack | None = None) -> Features:
    """Return the features of tracks, in their order, with identities, cameras and the path of each middle image.

    Args:
        model: The model.
        tracks: The images of each, of one identity and camera.
        pack: Where images are taken from that are in it.

    Returns:
        Features float32 (N, D) as of `ReIDModel.embed_tracks`, without clothes.

    Raises:
        ImageError: An image is broken.
        PartMapError: The model reads part maps, and an image's is missing or broken.
        BadValueError: There are no tracks.
    """
    shown = [middle_image(track) for track in tracks]
    return Features(
        model.embed_tracks(tracks, pack),
        np.array([record.identity for record in shown]),
        np.array([record.camera for record in shown]),
        paths=[str(record.image) for record in shown],
    )
