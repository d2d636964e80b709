"""The images that the paper's figures show of a data set and of trained models: picked, read and drawn."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ccreid.augment import PixelSampling, RandomErasing
from ccreid.datasets.images import read_image, read_pair
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord, spread_evenly
from ccreid.datasets.wardrobe_file import read_azimuths
from ccreid.errors import BadValueError
from ccreid.evaluation.evaluate import features_of_sets, record_features
from ccreid.explain.cam import (
    ROWS,
    class_activation_map,
    explainable,
    grad_cam,
    likeness,
    over_image,
    top_identity,
)
from ccreid.explain.cam_layer import find_cam_layer
from ccreid.explain.cue_shares import read_explained
from ccreid.explain.viewing_angles import VIEWING_ANGLES
from ccreid.figures.drawing import Drawing
from ccreid.figures.erasing import erasing_figure
from ccreid.figures.heat_map import cam_figure
from ccreid.figures.ranks import RankedQuery, ranks_figure
from ccreid.figures.samples import samples_figure
from ccreid.figures.tiles import picture
from ccreid.models.reid_model import ReIDModel
from ccreid.retrieval import rank_gallery

MapKind = Literal["CAM", "Grad-CAM"]

KINDS: Final[tuple[MapKind, ...]] = ("CAM", "Grad-CAM")

HEIGHT: Final = 192
WIDTH: Final = 96

PEOPLE: Final = 10
"""People in the figures of training images."""

CAM_PEOPLE: Final = 4
"""People in the figure of heat maps, each seen from three sides."""

QUERIES: Final = 6
LIST_LENGTH: Final = 6
"""As in the paper's Fig. 5: "the top six retrieved results"."""


def samples_picture(records: Sequence[ImageRecord]) -> Drawing:
    """Draw Fig. 1: people, their parts, and the same people repainted with each other's clothes.

    Raises:
        ValueError: No image has a part map.
    """
    chosen, images, parts = _people(records)
    return samples_figure(images, parts, _repainted(images, parts), _identities(chosen))


def erasing_picture(records: Sequence[ImageRecord]) -> Drawing:
    """Draw Fig. 3: people, the same with a rectangle erased in each, and repainted.

    Raises:
        ValueError: No image has a part map.
    """
    chosen, images, parts = _people(records)
    erased, _ = RandomErasing(p=1.0)(images, parts, torch.Generator().manual_seed(0))
    return erasing_figure(images, erased, _repainted(images, parts), _identities(chosen))


def cam_picture(models: Mapping[str, ReIDModel], data: PRCC, kinds: Sequence[MapKind] = KINDS) -> Drawing:
    """Draw Fig. 4: what models look at in people in other clothes, of rendered people from the front, side and back.

    CAM explains the training identity that the model takes the image for, as in the paper. Grad-CAM explains what the
    image has in common with the person's gallery images, in other clothes: the mean of their features. Both are of the
    last map with 16 rows, see `find_cam_layer`. Where that is not the backbone's last map, in small images and with
    last stride 2, Grad-CAM's one weight a channel says little of places; see `grad_cam`.

    Args:
        models: By the text beside their rows.
        data: Whose queries are shown.
        kinds: The rows of each model.
    """
    chosen, labels = _from_all_sides(data)
    shown = torch.stack([read_image(record.image, HEIGHT, WIDTH) for record in chosen])
    heat: dict[str, Tensor] = {}
    for name, model in models.items():
        network = explainable(model.network).to(model.device)
        inputs = read_explained(model, chosen).inputs
        layer = find_cam_layer(network, [one[:1] for one in inputs], ROWS)
        for kind in kinds:
            if kind == "CAM":
                maps = class_activation_map(network, layer, inputs, top_identity)
            else:
                alike = likeness(_gallery_features(model, chosen, data))
                maps = grad_cam(network, layer, inputs, alike)
            heat[f"{name}, {kind}" if len(kinds) > 1 else name] = over_image(maps, HEIGHT, WIDTH).cpu()
    return cam_figure(shown, heat, labels)


def ranks_picture(models: Mapping[str, ReIDModel], data: PRCC) -> Drawing:
    """Draw Fig. 5: queries in other clothes and what each model finds for them.

    The queries are spread evenly over the test set, whatever the models make of them.

    Args:
        models: By the text beside their rows.
        data: Whose gallery is searched.
    """
    queries = spread_evenly(data.query_cross, QUERIES)
    of_models: list[list[RankedQuery]] = []
    for name, model in models.items():
        query, gallery = features_of_sets(model, (queries, data.gallery))
        of_models.append(ranked_queries(queries, data.gallery, query.features, gallery.features, name))
    return ranks_figure(list(zip(*of_models, strict=True)))


def ranked_queries(
    queries: Sequence[ImageRecord],
    gallery: Sequence[ImageRecord],
    asked: NDArray[np.floating],
    searched: NDArray[np.floating],
    label: str,
) -> list[RankedQuery]:
    """Return a row of the figure for each query: its nearest gallery images.

    Args:
        queries: Images that are looked for.
        gallery: Images that are searched.
        asked: The queries' features (Q, D).
        searched: The gallery's features (G, D).
        label: Text beside the rows.
    """
    ranked = rank_gallery(torch.from_numpy(asked), torch.from_numpy(searched), LIST_LENGTH)
    return [
        _ranked_query(record, [gallery[index] for index in found], label)
        for record, found in zip(queries, ranked.indices.tolist(), strict=True)
    ]


def _people(records: Sequence[ImageRecord]) -> tuple[list[ImageRecord], Tensor, Tensor]:
    """Return the first image with a part map of each of the first people, with the pixels and the parts."""
    first = {record.identity: record for record in reversed(records) if record.parts is not None}
    chosen = [record for _, record in sorted(first.items())[:PEOPLE]]
    if not chosen:
        raise BadValueError("no image has a part map to repaint by: make them with `ccreid parse`")
    pairs = [read_pair(record, HEIGHT, WIDTH) for record in chosen]
    return chosen, torch.stack([image for image, _ in pairs]), torch.stack([part_map for _, part_map in pairs])


def _repainted(images: Tensor, parts: Tensor) -> Tensor:
    repainted: Tensor = PixelSampling()(images, parts, torch.Generator().manual_seed(0))
    return repainted


def _identities(records: Sequence[ImageRecord]) -> list[str]:
    return [str(record.identity) for record in records]


def _from_all_sides(data: PRCC) -> tuple[list[ImageRecord], list[str]]:
    """Return queries of a few people, where the angle is known one from each side, and a label for each."""
    identities = sorted({record.identity for record in data.query_cross})
    people = spread_evenly(identities, CAM_PEOPLE)
    azimuths = read_azimuths(data.root, data.query_cross)
    chosen: list[ImageRecord] = []
    labels: list[str] = []
    for identity in people:
        own = [index for index, record in enumerate(data.query_cross) if record.identity == identity]
        if azimuths is None:
            picked = spread_evenly(own, len(VIEWING_ANGLES))
            labels += [str(identity)] * len(picked)
        else:
            picked = [
                min(own, key=lambda index: abs(abs(azimuths[index]) - middle)) for middle in VIEWING_ANGLES.values()
            ]
            labels += [f"{identity}, {view}" for view in VIEWING_ANGLES]
        chosen += [data.query_cross[index] for index in picked]
    return chosen, labels


def _gallery_features(model: ReIDModel, records: Sequence[ImageRecord], data: PRCC) -> Tensor:
    """Return for each image the mean feature of the person's gallery images, of length 1, or zero without any."""
    identities = {record.identity for record in records}
    gallery = [record for record in data.gallery if record.identity in identities]
    found = record_features(model, gallery)
    features = torch.from_numpy(found.features)
    of_person = {
        identity: functional.normalize(features[torch.from_numpy(found.identities == identity)].mean(dim=0), dim=0)
        for identity in set(found.identities.tolist())
    }
    nobody = torch.zeros(features.shape[1])
    return torch.stack([of_person.get(record.identity, nobody) for record in records]).to(model.device)


def _ranked_query(query: ImageRecord, found: Sequence[ImageRecord], label: str) -> RankedQuery:
    shown = [picture(read_image(record.image, HEIGHT, WIDTH)) for record in (query, *found)]
    return RankedQuery(shown[0], shown[1:], [record.identity == query.identity for record in found], label)
