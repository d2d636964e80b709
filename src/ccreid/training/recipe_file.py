"""Reading recipes: a YAML file of a few lines over the recipe that it inherits from."""

import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import yaml

from ccreid.errors import CcreidError, nearest
from ccreid.recipe import Recipe
from ccreid.training.parser_recipe import ParserRecipe

Tree = dict[str, Any]
Kind = type[Recipe] | type[ParserRecipe]

_KINDS: Final[dict[str, Kind]] = {"model": Recipe, "parser": ParserRecipe}
"""What a recipe's key `trains` may say; a recipe that does not say it trains a model."""

_LOADER: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""Of the two that build plain values alone, the one in C, ten times as fast: a command line reads every recipe."""


@dataclasses.dataclass(frozen=True)
class ResolvedSetting:
    """One setting of a recipe with what it is in the end.

    Attributes:
        key: With dots, as on the command line: schedule.epochs.
        value: As the file has it, or the default.
        source: The file that says so: pcb.yaml, base.yaml or profiles/cpu.yaml for one in `recipe_folder`, else its
            path; "default" where no file does.
    """

    key: str
    value: Any
    source: str


class RecipeError(CcreidError, ValueError):
    """A recipe cannot be found or read; the message names the file, the key or the value and what to do."""


def recipe_folder() -> Path:
    """Return the folder of the recipes that ship with ccreid."""
    packaged = Path(__file__).parents[1] / "recipes"
    # An editable install leaves the recipes where the repository has them.
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "recipes"


def recipe_names(kind: Kind = Recipe) -> list[str]:
    """Return the names of the recipes of a kind that ship with ccreid, without the bases that others inherit from."""
    return [name for name in _shipped_names() if recipe_kind(name) is kind]


def recipe_kind(recipe: str | Path) -> Kind:
    """Return what a recipe trains, as the type that holds its settings; raises as `read_recipe`."""
    return _chain(_find_recipe(recipe))[1]


def profile_names() -> list[str]:
    """Return the names of the profiles: smaller settings that any recipe can be run with."""
    return sorted(path.stem for path in (recipe_folder() / "profiles").glob("*.yaml"))


def read_recipe(recipe: str | Path, profile: str | None = None) -> Tree:
    """Read a recipe as a tree of the settings that it and the recipes it inherits from make.

    Args:
        recipe: Name of a recipe that ships with ccreid, or a YAML file.
        profile: Name of a profile whose settings go over the recipe's, or a YAML file.

    Returns:
        Nested dictionaries with the keys of the recipe's kind, complete with name.

    Raises:
        RecipeError: No such recipe or profile, broken YAML, or a key that no recipe has.
    """
    layers, _ = _layers(recipe, profile)
    return functools.reduce(merge, [tree for _, tree in layers])


def resolved_settings(recipe: str | Path, profile: str | None = None) -> list[ResolvedSetting]:
    """Return every setting of a recipe, in the order of its dataclasses, each with the file that it comes from.

    >>> settings = {setting.key: setting for setting in resolved_settings("pcb", profile="cpu")}
    >>> settings["schedule.head_rate"]
    ResolvedSetting(key='schedule.head_rate', value=10, source='pcb.yaml')
    >>> settings["schedule.epochs"]
    ResolvedSetting(key='schedule.epochs', value=8, source='profiles/cpu.yaml')
    >>> settings["schedule.momentum"]
    ResolvedSetting(key='schedule.momentum', value=0.9, source='default')

    Args:
        recipe: Name of a recipe that ships with ccreid, or a YAML file.
        profile: Name of a profile whose settings go over the recipe's, or a YAML file.

    Raises:
        RecipeError: As `read_recipe`.
    """
    layers, kind = _layers(recipe, profile)
    settings = {key: ResolvedSetting(key, value, "default") for key, value in _flat(dataclasses.asdict(kind()), kind)}
    for path, tree in layers:
        settings |= {key: ResolvedSetting(key, value, _shown(path)) for key, value in _flat(tree, kind)}
    return list(settings.values())


def read_profile(profile: str | Path) -> Tree:
    """Read a profile, by its name or from a YAML file; raises as `read_recipe`."""
    return functools.reduce(merge, [tree for _, tree in _checked(*_chain(_find_profile(profile)))])


def merge(below: Tree, above: Tree) -> Tree:
    """Return the settings of two trees together; where both set a key, the upper one wins.

    >>> merge({"seed": 0, "loss": {"margin": 0.3}}, {"loss": {"normalise": True}, "seed": 1})
    {'seed': 1, 'loss': {'margin': 0.3, 'normalise': True}}

    Args:
        below: Nested dictionaries.
        above: Nested dictionaries, which stay as they are, as those below do.
    """
    merged = dict(below)
    for key, value in above.items():
        both_are_trees = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both_are_trees else value
    return merged


def _layers(recipe: str | Path, profile: str | None) -> tuple[list[tuple[Path, Tree]], Kind]:
    """Return the trees that make a recipe, each over those before it, with their files, and what it trains."""
    path = _find_recipe(recipe)
    chain, kind = _chain(path)
    layers = _checked(chain, kind)
    if profile is not None:
        layers += [
            (file, {key: value for key, value in tree.items() if key != "description"})
            for file, tree in _checked(_chain(_find_profile(profile))[0], kind)
        ]
    return [*layers, (path, {"name": path.stem})], kind


def _flat(tree: Tree, kind: type, prefix: str = "") -> Iterator[tuple[str, Any]]:
    hints = get_type_hints(kind)
    for key, value in tree.items():
        if dataclasses.is_dataclass(hints[key]):
            yield from _flat(value, hints[key], f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _shown(path: Path) -> str:
    return path.relative_to(recipe_folder()).as_posix() if path.is_relative_to(recipe_folder()) else str(path)


def _shipped_names() -> list[str]:
    return sorted(path.stem for path in recipe_folder().glob("*.yaml") if path.stem != "base")


def _find_recipe(recipe: str | Path) -> Path:
    return _find(str(recipe), recipe_folder(), _shipped_names(), "recipe")


def _find_profile(profile: str | Path) -> Path:
    return _find(str(profile), recipe_folder() / "profiles", profile_names(), "profile")


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


def _chain(path: Path) -> tuple[list[tuple[Path, Tree]], Kind]:
    """Return the trees of a file and of those that it inherits from, the file's own first, and what they train."""
    chain: list[tuple[Path, Tree]] = []
    trains: list[str] = []
    following: Path | None = path
    while following is not None:
        heirs = [heir for heir, _ in chain]
        if following in heirs:
            raise RecipeError(f"{following} inherits from itself through {' -> '.join(p.name for p in heirs)}")
        tree = _read_yaml(following)
        chain.append((following, tree))
        trains.append(_trains(following, tree))
        following = _parent(following, tree)
    # What the root trains, all train.
    for (heir, _), said in zip(chain, trains, strict=True):
        if said and said != (trains[-1] or "model"):
            raise RecipeError(f"{heir} trains a {said} but inherits from {chain[-1][0].name}, which does not")
    return chain, _KINDS[trains[-1] or "model"]


def _read_yaml(path: Path) -> Tree:
    try:
        tree = yaml.load(path.read_text(encoding="utf-8"), _LOADER) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} is not a YAML file: {' '.join(str(error).split())}") from error
    if not isinstance(tree, dict):
        raise RecipeError(f"{path} holds {type(tree).__name__} {tree!r}, expected settings such as 'model: ...'")
    return tree


def _trains(path: Path, tree: Tree) -> str:
    said = tree.pop("trains", None)
    if said is not None and said not in _KINDS:
        raise RecipeError(f"{path} trains {said!r}: {nearest(str(said), _KINDS)}")
    return said or ""


def _parent(path: Path, tree: Tree) -> Path | None:
    parent = tree.pop("inherits", None)
    if parent is None:
        return None
    beside = path.parent / f"{parent}.yaml"
    shipped = recipe_folder() / f"{parent}.yaml"
    if not beside.is_file() and not shipped.is_file():
        raise RecipeError(
            f"{path} inherits from {parent!r}, which is no recipe: {nearest(str(parent), _shipped_names())}"
        )
    return beside if beside.is_file() else shipped


def _checked(chain: list[tuple[Path, Tree]], kind: Kind) -> list[tuple[Path, Tree]]:
    """Return the chain from its root on, having refused a key that what it trains has not."""
    for path, tree in reversed(chain):
        _check_keys(tree, kind, path, "")
    return chain[::-1]


def _check_keys(tree: Tree, kind: type, path: Path, prefix: str) -> None:
    hints = get_type_hints(kind)
    for key, value in tree.items():
        if key not in hints:
            raise RecipeError(f"{path}: unknown key '{prefix}{key}', {nearest(str(key), hints)}")
        if dataclasses.is_dataclass(hints[key]):
            if not isinstance(value, dict):
                raise RecipeError(f"{path}: '{prefix}{key}' is {value!r}, expected settings below it")
            _check_keys(value, hints[key], path, f"{prefix}{key}.")
        elif not _is_of(value, hints[key]):
            raise RecipeError(f"{path}: '{prefix}{key}' is {value!r}, expected {_words(hints[key])}")


def _is_of(value: Any, hint: Any) -> bool:
    """Whether a value as YAML has it is of a field's type."""
    kind, inside = get_origin(hint), get_args(hint)
    if kind is Literal:
        return value in inside
    if kind is list:
        return isinstance(value, list) and all(_is_of(item, inside[0]) for item in value)
    if kind is UnionType:
        return any(_is_of(value, option) for option in inside)
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, {float: int | float, Path: str}.get(hint, hint))


def _words(hint: Any) -> str:
    """Return a field's type as a user would say it."""
    kind, inside = get_origin(hint), get_args(hint)
    if kind is Literal:
        return f"one of {', '.join(inside)}"
    if kind is list:
        return f"a list of {_words(inside[0])}"
    if kind is UnionType:
        return " or ".join(map(_words, inside))
    names = {int: "a whole number", float: "a number such as 0.001", str: "text", bool: "true or false", Path: "a path"}
    return names.get(hint, "null")
