"""Makes a gallery of people who change clothes, and what serves it."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from datasets.made_person import write_person
from evaluation.head_colour import HeadColour
from models.head_and_clothes import HeadAndClothes
from models.ready_model import ready_model
from numpy.typing import NDArray

from ccreid.app.serve.finder import Finder
from ccreid.models.reid_model import ReIDModel
from ccreid.parsing.labels import SIX_PARTS
from ccreid.parsing.parser import Parser
from ccreid.retrieval.embed_table import embed_table
from ccreid.retrieval.listing import as_items, list_images
from ccreid.retrieval.store import open_store

NAMES = ("alice", "bob", "carla", "dinh")
CAMERAS = ("north", "south")
OUTFITS = ("suit", "red coat")


@dataclass(frozen=True)
class Served:
    """A gallery in which everybody wears a suit on Monday and a red coat on Tuesday.

    Attributes:
        finder: Looks for people in it.
        query: A photo of bob in a third outfit, which is not in it.
        photos: The gallery's photos, by person, outfit and camera.
    """

    finder: Finder
    query: Path
    photos: dict[tuple[str, str, str], Path]


def heads(name: str = "heads") -> ReIDModel:
    """Return a model that finds made people in any clothes."""
    return ready_model(HeadColour().eval(), name=name)


def heads_and_clothes() -> ReIDModel:
    """Return a model that takes made people for who wears the same, unless what is worn does not count."""
    return ready_model(HeadAndClothes().eval(), name="apart")


def make_served(
    root: Path,
    names: Sequence[str] = NAMES,
    table_name: str = "people.parquet",
    model: Callable[[], ReIDModel] = heads,
) -> Served:
    """Write photos and a table of features of that name below the root, and return what serves them."""
    photos = {}
    root.mkdir(exist_ok=True)
    with Path(root, "images.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "identity", "camera", "clothes", "time"])
        for number, name in enumerate(names):
            for day, outfit in enumerate(OUTFITS):
                for hour, camera in enumerate(CAMERAS):
                    path = write_person(root, f"photos/{number}_{day}_{hour}.png", number, day, parts=False)
                    rows.writerow([path, name, camera, outfit, f"2026-05-0{4 + day}T1{hour}:00"])
                    photos[name, outfit, camera] = path
    table = root / table_name
    embed_table(as_items(list_images(root / "images.csv"), False), table, model())
    query = write_person(root, "query.png", 1, 2, parts=False)
    return Served(Finder(open_store(table), model(), made_parser()), query, photos)


def made_parser() -> Parser:
    """Return a parser that knows where the parts of made people are."""
    return Parser("made", SIX_PARTS, lambda images: [_parts(image) for image in images], "made")


def _parts(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    parts = np.zeros((height, width), np.uint8)
    parts[: height // 4] = 1
    parts[height // 4 : height // 2, width // 4 : -width // 4] = 2
    parts[height // 2 :, width // 4 : -width // 4] = 3
    return parts
