"""`ccreid train RECIPE`: one recipe from images to a trained, evaluated model or human parser."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ccreid.app.arguments import command_parser
from ccreid.recipe import Recipe
from ccreid.training.parser.recipe import ParserRecipe
from ccreid.training.recipe_file import Tree, profile_names, read_recipe, recipe_kind, recipe_names

EXAMPLES = (
    "ccreid train pixel_sampling_mse --data.root data/prcc",
    "ccreid train baseline --data.root data/wardrobe --profile cpu --seed 1",
    "ccreid train pixel_sampling_mse --data.root data/ltcc --data.dataset ltcc",
    "ccreid train my_recipe.yaml --data.root data/prcc --model.weights resnet50.pth --out runs/mine",
    "ccreid train pixel_sampling_mse --data.root data/prcc --resume",
    "ccreid train parser --data.root data/wardrobe",
)


def main(arguments: Sequence[str]) -> int:
    """Train one recipe, pick its weights without the test set, evaluate them, and write results.json."""
    parser = command_parser("train", " ".join((main.__doc__ or "").split()), EXAMPLES)
    parser.usage = "ccreid train RECIPE [--profile NAME] [--data.root FOLDER] [--SETTING VALUE ...]"
    parser.add_argument(
        "recipe",
        metavar="RECIPE",
        type=str,
        help=f"a recipe's name or YAML file; one of {', '.join(recipe_names())}, or your own; "
        f"or {', '.join(recipe_names(ParserRecipe))}, which trains a human parser and has settings of its own",
    )
    parser.add_argument(
        "--profile",
        type=str | None,
        help=f"settings that go over the recipe's: {', '.join(profile_names())}, or a YAML file",
    )
    parser.add_argument("--out", type=Path | None, help="folder of the run (default: runs/RECIPE/seedN)")
    parser.add_argument("--resume", action="store_true", help="go on where an interrupted run in the folder stopped")
    # The settings and their defaults are the recipe's, so it is read before the rest of the line is understood.
    named = _first_positional(arguments)
    kind = Recipe if named is None else recipe_kind(named)
    parser.add_class_arguments(kind, None)
    for action in parser._actions:
        # Whole groups from a file, which a recipe of one's own does more clearly.
        if action.metavar == "CONFIG" or action.help == "Path to a configuration file.":
            action.help = argparse.SUPPRESS
    if named is not None:
        parser.set_defaults(_flatten(read_recipe(named, profile=_option(arguments, "--profile"))))
    values = parser.instantiate(parser.parse_args(list(arguments))).as_dict()
    for key in ("recipe", "profile"):
        values.pop(key)
    out: Path | None = values.pop("out")
    resume: bool = values.pop("resume")
    recipe = kind(**values)
    folder = out or Path("runs") / recipe.name / f"seed{recipe.seed}"
    command = ["ccreid", "train", *arguments]
    if isinstance(recipe, ParserRecipe):
        _train_parser(recipe, folder, resume, command)
    else:
        _train_model(recipe, folder, resume, command)
    return 0


def _train_model(recipe: Recipe, folder: Path, resume: bool, command: Sequence[str]) -> None:
    from ccreid.app.terminal_tables import print_results
    from ccreid.training.lightning_fit import quiet_lightning
    from ccreid.training.run import run_recipe

    quiet_lightning()
    finished = run_recipe(recipe, folder, resume=resume, command=command)
    if not finished.rows:  # one of several processes, of which the first prints
        return
    print_results(finished.rows, title=f"{recipe.name} on {recipe.data.root}")
    print(f"model and results are in {folder}")


def _train_parser(recipe: ParserRecipe, folder: Path, resume: bool, command: Sequence[str]) -> None:
    from ccreid.app.terminal_tables import print_parser_scores
    from ccreid.training.lightning_fit import quiet_lightning
    from ccreid.training.parser.run import PARSER_FILE, run_parser_recipe

    quiet_lightning()
    finished = run_parser_recipe(recipe, folder, resume=resume, command=command)
    scores = finished.scores
    title = f"{recipe.name} on {scores.images} images of {scores.identities} test people of {recipe.data.root}"
    print_parser_scores(scores, title)
    print(f"the parser is {folder / PARSER_FILE}; its scores are beside it")


def _first_positional(arguments: Sequence[str]) -> str | None:
    skip = False
    for word in arguments:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = "=" not in word and word not in {"--resume", "-h", "--help"}
        else:
            return word
    return None


def _option(arguments: Sequence[str], name: str) -> str | None:
    for index, word in enumerate(arguments):
        if word.startswith(f"{name}="):
            return word.split("=", 1)[1]
        if word == name and index + 1 < len(arguments):
            return arguments[index + 1]
    return None


def _flatten(tree: Tree, prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        flat |= _flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
