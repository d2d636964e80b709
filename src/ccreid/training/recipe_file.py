"""Reading recipes: a YAML file of a few lines over the recipe that it inherits from."""

import dataclasses
from pathlib import Path
from typing import Any, get_type_hints

import yaml

from ccreid.nearest import nearest
from ccreid.training.recipe import Recipe

Tree = dict[str, Any]


class RecipeError(ValueError):
    """A recipe cannot be found or read; the message names the file, the key or the value and what to do."""


def recipe_folder() -> Path:
    """Return the folder of the recipes that ship with ccreid."""
    packaged = Path(__file__).parents[1] / "recipes"
    # An editable install leaves the recipes where the repository has them.
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "recipes"


def recipe_names() -> list[str]:
    """Return the names of the recipes that ship with ccreid, without the bases that others inherit from."""
    return sorted(path.stem for path in recipe_folder().glob("*.yaml") if path.stem != "base")


def profile_names() -> list[str]:
    """Return the names of the profiles: smaller settings that any recipe can be run with."""
    return sorted(path.stem for path in (recipe_folder() / "profiles").glob("*.yaml"))


def read_recipe(recipe: str | Path, profile: str | None = None) -> Tree:
    """Read a recipe as a tree of the settings that it and the recipes it inherits from make.

    Args:
        recipe: Name of a recipe that ships with ccreid, or a YAML file.
        profile: Name of a profile whose settings go over the recipe's.

    Returns:
        Nested dictionaries with the keys of `ccreid.training.recipe.Recipe`, complete with name.

    Raises:
        RecipeError: No such recipe or profile, broken YAML, or a key that no recipe has.
    """
    path = _find(str(recipe), recipe_folder(), recipe_names(), "recipe")
    tree = _read_inherited(path, ())
    if profile is not None:
        overlay = read_profile(profile)
        overlay.pop("description", None)
        tree = merge(tree, overlay)
    tree["name"] = path.stem
    return tree


def read_profile(profile: str | Path) -> Tree:
    """Read a profile, by its name or from a YAML file; raises as `read_recipe`."""
    return _read_inherited(_find(str(profile), recipe_folder() / "profiles", profile_names(), "profile"), ())


def merge(below: Tree, above: Tree) -> Tree:
    """Return the settings of both trees; where both set a key, `above` wins."""
    merged = dict(below)
    for key, value in above.items():
        both_are_trees = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both_are_trees else value
    return merged


def _find(name: str, folder: Path, known: list[str], kind: str) -> Path:
    shipped = folder / f"{name}.yaml"
    if shipped.is_file():
        return shipped
    path = Path(name)
    if path.is_file():
        return path
    if path.suffix in {".yaml", ".yml"}:
        raise RecipeError(f"there is no {kind} file {name}: check the path, or use one of {', '.join(known)}")
    raise RecipeError(f"there is no {kind} {name!r}: {nearest(name, known)}")


def _read_inherited(path: Path, heirs: tuple[Path, ...]) -> Tree:
    if path in heirs:
        raise RecipeError(f"{path} inherits from itself through {' -> '.join(p.name for p in heirs)}")
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} is not a YAML file: {' '.join(str(error).split())}") from error
    if not isinstance(tree, dict):
        raise RecipeError(f"{path} holds {type(tree).__name__} {tree!r}, expected settings such as 'model: ...'")
    parent = tree.pop("inherits", None)
    _check_keys(tree, Recipe, path, "")
    if parent is None:
        return tree
    beside = path.parent / f"{parent}.yaml"
    parent_path = beside if beside.is_file() else recipe_folder() / f"{parent}.yaml"
    if not parent_path.is_file():
        raise RecipeError(
            f"{path} inherits from {parent!r}, which is no recipe: {nearest(str(parent), recipe_names())}"
        )
    return merge(_read_inherited(parent_path, (*heirs, path)), tree)


def _check_keys(tree: Tree, kind: type, path: Path, prefix: str) -> None:
    hints = get_type_hints(kind)
    for key, value in tree.items():
        if key not in hints:
            raise RecipeError(f"{path}: unknown key '{prefix}{key}', {nearest(str(key), hints)}")
        if dataclasses.is_dataclass(hints[key]):
            if not isinstance(value, dict):
                raise RecipeError(f"{path}: '{prefix}{key}' is {value!r}, expected settings below it")
            _check_keys(value, hints[key], path, f"{prefix}{key}.")
