"""The folder of a run: made the recipe's own, and refused to another recipe."""

import dataclasses
from pathlib import Path
from typing import Any

import yaml

from ccreid.training.parser_recipe import ParserRecipe
from ccreid.training.recipe import Recipe
from ccreid.training.recipe_file import merge
from ccreid.whole_files import write_whole

RECIPE_FILE = "recipe.yaml"
RESUME_FILE = "last.ckpt"

# What may change between two starts of one run without changing its result.
_FREE = {"description", "trainer", "data.workers", "data.cache", "data.root", "data.dataset", "data.pack"}


class RunError(ValueError):
    """A run cannot start in a folder; the message names the folder and what to do."""


def claim_folder(folder: Path, recipe: Recipe | ParserRecipe, resume: bool) -> None:
    """Make a folder this recipe's, by writing recipe.yaml, or refuse it.

    Args:
        folder: Of the run; made if need be.
        recipe: What is trained in it.
        resume: Whether the folder may hold a run of this recipe already.

    Raises:
        RunError: The folder holds a run and `resume` is not set, a run of another recipe, or something else.
    """
    text = yaml.safe_dump(_plain(recipe), sort_keys=False)
    path = folder / RECIPE_FILE
    if path.is_file():
        if not resume:
            raise RunError(f"{folder} holds a run already: add --resume to go on with it, or choose another --out")
        check_same_recipe(folder, recipe)
        return
    if folder.is_dir() and any(folder.iterdir()):
        raise RunError(f"{folder} is not empty and holds no run: choose another --out")
    write_whole(path, text)


def check_same_recipe(folder: Path, recipe: Recipe | ParserRecipe) -> None:
    """Refuse a folder whose run has other settings than the recipe, but for those that do not change a result.

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
    """Return the settings that a folder's run was started with, as nested dictionaries."""
    tree: dict[str, Any] = yaml.safe_load((folder / RECIPE_FILE).read_text(encoding="utf-8"))
    return tree


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
