"""The demonstration's report: one HTML page with the table, repainted samples and ranked lists."""

from collections.abc import Sequence
from pathlib import Path

import torch
from jinja2 import Environment, PackageLoader, select_autoescape
from PIL import Image

from ccreid.app.demo import Demonstration, demo_recipe
from ccreid.augment import PixelSampling
from ccreid.datasets.images import read_image, read_pair
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord
from ccreid.evaluation import Provenance, provenance
from ccreid.evaluation.summary import over_seeds
from ccreid.evaluation.test_set import features_of_sets
from ccreid.figures.contact_sheet import contact_sheet
from ccreid.figures.ranks import RankedQuery, ranks_figure
from ccreid.figures.samples import samples_figure
from ccreid.figures.tiles import picture, save_picture
from ccreid.paper import TABLE_2
from ccreid.retrieval import rank_gallery
from ccreid.training.checkpoint import load_model
from ccreid.training.run import MODEL_FILE
from ccreid.whole_files import write_whole

SHOWN_HEIGHT, SHOWN_WIDTH = 192, 96
LIST_LENGTH = 6
QUERIES = 8
SAMPLES = 10


def write_report(shown: Demonstration, folder: Path, command: Sequence[str]) -> Path:
    """Write index.html and its pictures; return the page's path.

    Args:
        shown: What the demonstration measured.
        folder: Where the page is written.
        command: The command line that makes the page again.
    """
    data = PRCC(shown.data, parts="required")
    save_picture(contact_sheet(data.train, identities=6, images=6), folder / "people.png")
    save_picture(_samples(data.train), folder / "samples.png")
    recipes = list(dict.fromkeys(row.recipe for row in shown.rows))
    for recipe in recipes:
        save_picture(_ranked_lists(shown.folder_of(recipe) / MODEL_FILE, data), folder / f"ranks_{recipe}.png")
    environment = Environment(loader=PackageLoader("ccreid.app"), autoescape=select_autoescape())
    page = environment.get_template("report.html").render(
        recipes=[_table_row(shown, recipe) for recipe in recipes],
        data=data,
        seeds=shown.seeds,
        minutes=shown.seconds / 60,
        command=" ".join(command),
        settings=demo_recipe(recipes[0], shown.data, 0),
        provenance=_plain(provenance(shown.data, command)),
        identities=len({record.identity for record in data.gallery}),
    )
    path = folder / "index.html"
    write_whole(path, page)
    return path


def _table_row(shown: Demonstration, recipe: str) -> dict[str, object]:
    def percent(setting: str, protocol: str, metric: str) -> str:
        return over_seeds(shown.rows, recipe, setting, protocol, metric).percent()

    return {
        "name": recipe,
        "description": demo_recipe(recipe, shown.data, 0).description,
        "paper": TABLE_2.get(recipe),
        "cells": [
            percent(setting, protocol, metric)
            for protocol in ("all-gallery", "single-shot")
            for setting in ("cross", "same")
            for metric in ("R1", "mAP")
        ],
    }


def _samples(records: Sequence[ImageRecord]) -> Image.Image:
    """Repaint one batch of different people, as in Fig. 1."""
    first = {record.identity: record for record in reversed(records)}
    chosen = [record for _, record in sorted(first.items())[:SAMPLES]]
    pairs = [read_pair(record, SHOWN_HEIGHT, SHOWN_WIDTH) for record in chosen]
    images, parts = torch.stack([image for image, _ in pairs]), torch.stack([part_map for _, part_map in pairs])
    repainted = PixelSampling()(images, parts, torch.Generator().manual_seed(0))
    return samples_figure(images, parts, repainted, [str(record.identity) for record in chosen])


def _ranked_lists(model_file: Path, data: PRCC) -> Image.Image:
    """Search the gallery with queries in other clothes, spread evenly over the test identities."""
    trained = load_model(model_file)
    size = trained.recipe.data.height, trained.recipe.data.width
    queries = data.query_cross[:: max(1, len(data.query_cross) // QUERIES)][:QUERIES]
    query, gallery = features_of_sets(trained.model, (queries, data.gallery), *size)
    ranked = rank_gallery(torch.from_numpy(query.features), torch.from_numpy(gallery.features), LIST_LENGTH)
    rows = []
    for record, indices in zip(queries, ranked.indices.tolist(), strict=True):
        found = [data.gallery[index] for index in indices]
        shown = [picture(read_image(one.image, SHOWN_HEIGHT, SHOWN_WIDTH)) for one in (record, *found)]
        rows.append(RankedQuery(shown[0], shown[1:], [one.identity == record.identity for one in found]))
    return ranks_figure(rows)


def _plain(origin: Provenance) -> dict[str, str]:
    """Return a result's origin as lines to read."""
    versions = ", ".join(f"{package} {number}" for package, number in origin["versions"].items())
    dirty = " with uncommitted changes" if origin["dirty"] else ""
    return {
        "machine": origin["machine"],
        "date": origin["date"],
        "commit": f"{origin['commit']}{dirty}" if origin["commit"] else "installed package",
        "versions": versions,
        "data": f"SHA-256 {origin['data']}",
    }
