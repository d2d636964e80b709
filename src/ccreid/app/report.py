"""The demonstration's report: one HTML page with the table, repainted samples and ranked lists."""

import os
from collections.abc import Sequence
from pathlib import Path

import torch
from jinja2 import Environment, PackageLoader, select_autoescape

from ccreid.app.demo import Demonstration, demo_recipe
from ccreid.augment import PixelSampling
from ccreid.datasets.images import read_image
from ccreid.datasets.part_maps import read_parts
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord
from ccreid.evaluation import provenance
from ccreid.evaluation.summary import over_seeds
from ccreid.evaluation.test_set import record_features
from ccreid.figures.contact_sheet import contact_sheet
from ccreid.figures.ranks import RankedQuery, ranks_figure
from ccreid.figures.samples import samples_figure
from ccreid.figures.tiles import picture, save_picture
from ccreid.paper import TABLE_2
from ccreid.retrieval import rank_gallery
from ccreid.training.checkpoint import load_model
from ccreid.training.run import MODEL_FILE

SHOWN_HEIGHT, SHOWN_WIDTH = 192, 96
LIST_LENGTH = 6


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
        provenance=provenance(shown.data, command),
    )
    path = folder / "index.html"
    temporary = folder / ".index.html.tmp"
    temporary.write_text(page, encoding="utf-8")
    os.replace(temporary, path)
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


def _samples(records: Sequence[ImageRecord]) -> "object":
    """Repaint one batch of different people, as in Fig. 1."""
    first_of_identity = {record.identity: record for record in reversed(records) if record.parts is not None}
    chosen = sorted(first_of_identity.items())[:10]
    images = torch.stack([read_image(record.image, SHOWN_HEIGHT, SHOWN_WIDTH) for _, record in chosen])
    return images
