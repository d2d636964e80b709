"""The demonstration's first page: people found again in other clothes by the model that ships, before any training."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import spread_evenly
from ccreid.evaluation.evaluate import features_of_sets
from ccreid.evaluation.features import evaluate_features
from ccreid.figures.drawing import save_picture
from ccreid.figures.paper_figures import ranked_queries
from ccreid.figures.ranks import ranks_figure
from ccreid.models.reid_model import ReIDModel
from ccreid.models.shipped import DEFAULT
from ccreid.retrieval.other_clothes import clothes_left_out

PICTURE: Final = "found.png"

_GALLERY: Final = 60
_QUERIES: Final = 40
_SHOWN: Final = 4


@dataclass(frozen=True)
class FirstSearch:
    """How well the shipped model finds rendered people in other clothes.

    Attributes:
        model: Its name.
        ways: Of each way to ask, its name, R1 and mAP in per cent.
        queries: Images that were looked for.
        gallery: Images that were searched.
        identities: People in the gallery.
    """

    model: str
    ways: list[tuple[str, str, str]]
    queries: int
    gallery: int
    identities: int


def search_first(data: PRCC, folder: Path) -> FirstSearch:
    """Look for people in other clothes with the model that ships, and draw the lists into the folder.

    Images are spread evenly over the test set, whatever the model makes of them; a part of it, as this is to take
    seconds.

    Args:
        data: Rendered people.
        folder: Where the picture is written.
    """
    model = ReIDModel.from_pretrained(DEFAULT)
    queries, gallery = spread_evenly(data.query_cross, _QUERIES), spread_evenly(data.gallery, _GALLERY)
    whole, searched = features_of_sets(model, (queries, gallery))
    # Who shows no head is absent without clothes, and counts as a miss.
    headed = replace(whole, features=clothes_left_out(whole.features, model))
    asked = {"clothes do not count": headed, "clothes count": whole}
    ways = []
    for name, query in asked.items():
        metrics = evaluate_features(query, searched)
        ways.append((name, f"{100 * metrics.rank(1):.1f}", f"{100 * metrics.mAP:.1f}"))
    shown = np.linspace(0, len(queries) - 1, min(_SHOWN, len(queries))).round().astype(int)
    lists = [
        ranked_queries([queries[row] for row in shown], gallery, query.features[shown], searched.features, name)
        for name, query in asked.items()
    ]
    save_picture(ranks_figure(list(zip(*lists, strict=True))), folder / PICTURE)
    return FirstSearch(DEFAULT, ways, len(queries), len(gallery), len({record.identity for record in gallery}))
