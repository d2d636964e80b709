"""The folder of a run: made the recipe's own, refused to another recipe, and what a finished run left in it."""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import torch
import yaml

from ccreid.atomic_files import InUseError, locked, remove_temporary_files, write_atomically
from ccreid.errors import CcreidError, first_line
from ccreid.evaluation.results import SourcedRow, read_sourced_results
from ccreid.models.checkpoint import FORMAT, MODEL_FILE
from ccreid.recipe import Recipe
from ccreid.training.parser_recipe import ParserRecipe
from ccreid.training.recipe_file import merge
from ccreid.weight_files import is_of_format
from ccreid.yaml_files import read_yaml

RECIPE_FILE: Final = "recipe.yaml"
RESULTS_FILE: Final = "results.json"
RESUME_FILE: Final = "last.ckpt"

# What may change between two starts of one run without changing its result.
_FREE = {
    "description",
    "trainer",
    "data.workers",
    "data.cache",
    "data.root",
    "data.photos",
    "data.dataset",
    "data.pack",
}


class RunError(CcreidError, ValueError):
    """A run cannot start in a folder; the message names the folder and what to do."""


@contextlib.contextmanager
def claimed_folder(folder: Path, recipe: Recipe | ParserRecipe, resume: bool) -> Iterator[None]:
    """Make a folder this recipe's, by writing recipe.yaml, and this process's for the block, or refuse it.

    Args:
        folder: Of the run; made if need be.
        recipe: What is trained in it.
        resume: Whether the folder may hold a run of this recipe already, or of it with fewer epochs.

    Raises:
        RunError: The folder holds a run and `resume` is not set, a run of another recipe, or something else; or another
            process trains in it now.
        WriteError: The folder cannot be written to.
    """
    # Before the lock, which leaves a hidden file.
    names = {path.name for path in folder.glob("[!.]*")}
    if names and RECIPE_FILE not in names:
        raise RunError(f"{folder} is not empty and holds no run: choose another --out")
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(folder / RECIPE_FILE, wait=False))
        except InUseError as error:
            raise RunError(
                f"another process trains in {folder}: wait until it is done, or choose another --out"
            ) from error
        _write_or_check(folder, recipe, resume)
        remove_temporary_files(folder)
        yield


def check_same_recipe(folder: Path, recipe: Recipe | ParserRecipe) -> None:
    """Refuse a folder whose run has other settings than the recipe, but for those that do not change a result.

    Args:
        folder: Of a run, with recipe.yaml.
        recipe: What is to be trained there.

    Raises:
        RunError: The run has other settings; the message says which.
    """
    # A run of an earlier version has no word of settings that came since; it ran with what are now their defaults.
    before = merge(_plain(type(recipe)()), recipe_tree(folder))
    differing = _differences(before, _plain(recipe))
    if differing:
        raise RunError(
            f"{folder} holds a run with other settings ({', '.join(differing)}): "
            "go on with its own, or choose another folder"
        )


def recipe_tree(folder: Path) -> dict[str, Any]:
    """Return the settings that a folder's run was started with, as nested dictionaries.

    Raises:
        YamlError: The file with them is damaged.
        RunError: It holds something else.
    """
    tree = read_yaml(folder / RECIPE_FILE)
    if not isinstance(tree, dict):
        raise RunError(f"{folder / RECIPE_FILE} holds no settings of a run: choose another folder")
    return tree


def resumable(folder: Path) -> Path | None:
    """Return the file that a folder's run goes on from, or None where no epoch was finished; no code in it is run.

    Raises:
        RunError: The file is damaged, or holds more than numbers and texts.
    """
    last = folder / RESUME_FILE
    if not last.is_file():
        return None
    try:
        torch.load(last, map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:  # of a damaged file, torch's reader raises whatever its parsing runs into
        raise RunError(
            f"{last} cannot be gone on from ({first_line(error)}): "
            "put back a copy, or remove it to train from the start"
        ) from error
    return last


def rows_of_run(recipe: Recipe, folder: Path, fingerprint: str) -> list[SourcedRow]:
    """Return the rows of a recipe's run that has ended, or none where the run has not started or not ended.

    A run has ended where its results.json has rows of the recipe and its seed and its model file is whole.

    Args:
        recipe: What the run trains; `recipe.data.root` must be set.
        folder: Of the run.
        fingerprint: Of the recipe's data set; see `data_fingerprint`.

    Raises:
        RunError: The folder holds a run with other settings, or one that ended on another data set: the fingerprint
            differs, and so does the data set's folder. Files that a data set was given since, such as more part maps,
            change its fingerprint and not its folder.
        ResultsError: results.json is not a results file.
    """
    if not (folder / RECIPE_FILE).is_file():
        return []
    check_same_recipe(folder, recipe)
    if not (folder / RESULTS_FILE).is_file() or not is_of_format(folder / MODEL_FILE, FORMAT):
        return []
    rows = [
        (row, origin)
        for row, origin in read_sourced_results(folder / RESULTS_FILE)
        if (row.recipe, row.seed) == (recipe.name, recipe.seed)
    ]
    assert recipe.data.root is not None  # what the fingerprint is of
    before = Path(recipe_tree(folder)["data"]["root"])
    if any(origin["data"] != fingerprint for _, origin in rows) and before.resolve() != recipe.data.root.resolve():
        raise RunError(
            f"{folder} holds a run on another data set ({before}, not {recipe.data.root}): choose another folder"
        )
    return rows


def _write_or_check(folder: Path, recipe: Recipe | ParserRecipe, resume: bool) -> None:
    path = folder / RECIPE_FILE
    if not path.is_file():
        write_atomically(path, yaml.safe_dump(_plain(recipe), sort_keys=False))
        return
    if not resume:
        raise RunError(f"{folder} holds a run already: add --resume to go on with it, or choose another --out")
    if isinstance(recipe, Recipe):
        before = recipe_tree(folder).get("schedule", {}).get("epochs", recipe.schedule.epochs)
        if recipe.schedule.epochs > before and not _depends_on_length(recipe):
            # The rate of each epoch does not depend on how many follow, so a longer run begins as a shorter one did.
            shorter = dataclasses.replace(recipe, schedule=dataclasses.replace(recipe.schedule, epochs=before))
            check_same_recipe(folder, shorter)
            write_atomically(path, yaml.safe_dump(_plain(recipe), sort_keys=False))
            return
    check_same_recipe(folder, recipe)


def _depends_on_length(recipe: Recipe) -> bool:
    """Tell whether an epoch of a recipe would be another if more epochs followed."""
    return recipe.schedule.decay == "cosine" or (recipe.loss.clothes_weight > 0 and recipe.loss.clothes_start > 0)


def _plain(recipe: Recipe | ParserRecipe) -> dict[str, object]:
    tree = dataclasses.asdict(recipe)
    tree["data"] = {key: str(value) if isinstance(value, Path) else value for key, value in tree["data"].items()}
    return tree


def _differences(before: dict[str, object], now: dict[str, object], prefix: str = "") -> list[str]:
    found: list[str] = []
    for key in sorted(before.keys() | now.keys()):
        name, old, new = f"{prefix}{key}", before.get(key), now.get(key)
        if name in _FREE or old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            found += _differences(old, new, f"{name}.")
        else:
            found.append(f"{name}: {old!r} there, {new!r} now")
    return found
