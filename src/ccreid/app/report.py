"""The demonstration's report: one HTML page with the table, what the models look at, and ranked lists."""

from collections.abc import Sequence
from pathlib import Path

from ccreid.app.demo import Demonstration, demo_recipe
from ccreid.app.first_search import FirstSearch
from ccreid.app.html_pages import from_template
from ccreid.app.paper_results import TABLE_2
from ccreid.app.terminal_tables import HEADINGS, share_cells, view_cells
from ccreid.atomic_files import write_atomically
from ccreid.datasets.prcc import PRCC
from ccreid.evaluation import provenance
from ccreid.evaluation.results import over_seeds
from ccreid.explain.cues import measure_cues
from ccreid.explain.cues_file import CUES_FILE, write_cues
from ccreid.explain.viewing_angles import VIEWING_ANGLES
from ccreid.figures.contact_sheet import contact_sheet
from ccreid.figures.drawing import save_picture
from ccreid.figures.paper_figures import cam_picture, erasing_picture, ranks_picture, samples_picture
from ccreid.models.reid_model import ReIDModel
from ccreid.provenance import versions_line

PAGE = "index.html"

CUE_IMAGES = 240
"""Test images that the report's cue shares are measured on."""


def write_opening(first: FirstSearch, data: PRCC, folder: Path, command: Sequence[str]) -> Path:
    """Write the page with what there is before the training; return its path.

    Args:
        first: What the model that ships found; its picture is there already.
        data: The rendered people.
        folder: Where the page is written.
        command: The command line that makes the page again.
    """
    return _write_page(folder, first=first, recipes=(), command=" ".join(command), provenance=_origin(data, command))


def write_report(first: FirstSearch, shown: Demonstration, data: PRCC, folder: Path, command: Sequence[str]) -> Path:
    """Write index.html and its pictures; return the page's path.

    Args:
        first: What the model that ships found; its picture is there already.
        shown: What the demonstration measured.
        data: The rendered people.
        folder: Where the page is written.
        command: The command line that makes the page again.
    """
    save_picture(contact_sheet(data.train, identities=6, images=6), folder / "people.png")
    save_picture(samples_picture(data.train), folder / "samples.png")
    save_picture(erasing_picture(data.train), folder / "erasing.png")
    recipes = list(dict.fromkeys(row.recipe for row in shown.rows))
    models = {recipe: ReIDModel.from_pretrained(shown.folder_of(recipe)) for recipe in recipes}
    save_picture(cam_picture(models, data, ["CAM"]), folder / "cam.png")
    save_picture(ranks_picture(models, data), folder / "ranks.png")
    return _write_page(
        folder,
        first=first,
        recipes=[_table_row(shown, recipe) for recipe in recipes],
        cues=[_cue_row(recipe, models[recipe], data, shown.folder_of(recipe), command) for recipe in recipes],
        parts=HEADINGS,
        views=list(VIEWING_ANGLES),
        data=data,
        seeds=shown.seeds,
        minutes=shown.seconds / 60,
        command=" ".join(command),
        settings=demo_recipe(recipes[0], shown.data, 0),
        provenance=_origin(data, command),
        identities=len({record.identity for record in data.gallery}),
    )


def _write_page(folder: Path, **shown: object) -> Path:
    path = folder / PAGE
    write_atomically(path, from_template("report.html", **shown))
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


def _cue_row(recipe: str, model: ReIDModel, data: PRCC, folder: Path, command: Sequence[str]) -> dict[str, object]:
    """Measure what a recipe's first model looks at, and leave it beside the model."""
    cues = measure_cues(model, data, CUE_IMAGES)
    write_cues(folder / CUES_FILE, cues.tree(), provenance(data.root, command))
    return {"name": recipe, "shares": share_cells(cues), "views": view_cells(cues), "images": cues.shares.images}


def _origin(data: PRCC, command: Sequence[str]) -> dict[str, str]:
    """Return where the page comes from, as lines to read."""
    origin = provenance(data.root, command)
    dirty = " with uncommitted changes" if origin["dirty"] else ""
    return {
        "machine": origin["machine"],
        "date": origin["date"],
        "commit": f"{origin['commit']}{dirty}" if origin["commit"] else "installed package",
        "versions": versions_line(origin),
        "data": f"SHA-256 {origin['data']}",
    }
