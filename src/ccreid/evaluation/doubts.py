"""What makes one doubt a model's scores on a data set: people that it was trained on, and images that are too small."""

import contextlib
import statistics
from typing import Final

from PIL import Image

from ccreid.datasets.open_data import open_data_set
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import spread_evenly
from ccreid.errors import CcreidError
from ccreid.models.reid_model import ReIDModel

# Data sets whose people have the names that somebody gave them, which mean the same in each; others number them.
_NAMED: Final = {"people", "table"}

# Images whose size is looked at, people that are named, and the share of the model's height that is small.
_LOOKED_AT: Final = 64
_SAID: Final = 3
_SMALL: Final = 0.5


def doubts(model: ReIDModel, data: PeopleDataSet) -> list[str]:
    """Return reasons to doubt what a model scores on the test people of a data set, as sentences; none if all is well.

    Whom a model was trained on is looked up in the data set that its recipe names, where that is still there.

    Args:
        model: The model.
        data: What it is to be evaluated on.
    """
    return [*_seen_people(model, data), *_small_images(model, data)]


def _seen_people(model: ReIDModel, data: PeopleDataSet) -> list[str]:
    settings = model.recipe.data
    if settings.root is None or settings.root.resolve() == data.root.resolve():  # which keeps its test people apart
        return []
    trained = None
    with contextlib.suppress(CcreidError, OSError):  # moved or changed since: nothing is known
        trained = open_data_set(settings.root, settings.dataset, "none", settings.modality, settings.test_share)
    if trained is None:
        return []
    files = {record.image.resolve() for record in trained.train}
    same = {record.who for record in data.test_records() if record.image.resolve() in files}
    if {trained.name, data.name} <= _NAMED:
        same |= {record.who for record in data.test_records()} & {record.who for record in trained.train}
    if not same:
        return []
    names = ", ".join(sorted(same)[:_SAID])
    return [
        f"{len(same)} of the test people, such as {names}, are people of {settings.root} that the model was trained "
        "on, by their names or files: these scores say nothing of people whom it does not know"
    ]


def _small_images(model: ReIDModel, data: PeopleDataSet) -> list[str]:
    heights = []
    for record in spread_evenly(data.test_records(), _LOOKED_AT):
        with contextlib.suppress(OSError, ValueError, Image.DecompressionBombError), Image.open(record.image) as image:
            heights.append(image.height)
    height = model.recipe.data.height
    if not heights or statistics.median(heights) >= _SMALL * height:
        return []
    return [
        f"half of the test images are {statistics.median(heights):.0f} pixels high or less, and the model was trained "
        f"on images of {height}x{model.recipe.data.width}: they are enlarged, and scores may be lower for it"
    ]
