"""`ccreid train RECIPE`: one recipe from images to a trained, evaluated model or human parser."""

import argparse
import functools
from collections.abc import Iterator, Sequence
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

from ccreid.app.arguments import CommandParser, Run
from ccreid.recipe import Recipe
from ccreid.training.parser_recipe import ParserRecipe
from ccreid.training.recipe_file import Kind, profile_names, recipe_kind, recipe_names, resolved_settings

EXAMPLES = (
    "ccreid train pixel_sampling_mse --data.root data/prcc",
    "ccreid train baseline --data.root data/wardrobe --profile cpu --seed 1",
    "ccreid train pixel_sampling_mse --data.root data/ltcc --data.dataset ltcc",
    "ccreid train my_recipe.yaml --data.root data/prcc --model.weights resnet50.pth --out runs/mine",
    "ccreid train pixel_sampling_mse --data.root data/prcc --resume",
    "ccreid train baseline --data.root photos --dry-run",
    "ccreid train parser --data.root data/wardrobe --data.photos photos",
)


def configure(parser: CommandParser) -> Run:
    """Give the parser the settings of the recipe that the line names; return what trains it."""
    # The settings and their defaults are the recipe's, so it is read before the rest of the line is understood.
    recipe, profile = _named(parser.words)
    kind = Recipe if recipe is None else recipe_kind(recipe)
    parser.describe(
        "Train one recipe, pick its weights without the test set, evaluate them, and write results.json.", EXAMPLES
    )
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
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="try a few steps and a few test images, say how much memory and time the whole takes, and write nothing",
    )
    parser.add_class_arguments(kind, None)
    if recipe is not None:
        parser.set_defaults({setting.key: setting.value for setting in resolved_settings(recipe, profile)})
    return functools.partial(_train, kind, ["ccreid", "train", *parser.words])


def _named(words: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the recipe and the profile that a line names."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("recipe", nargs="?")
    parser.add_argument("--profile")
    for flag in ("--resume", "--dry-run"):
        parser.add_argument(flag, action="store_true")
    for setting in {"out", *_settings(Recipe), *_settings(ParserRecipe)}:
        parser.add_argument(f"--{setting}")
    try:
        named, _ = parser.parse_known_intermixed_args(words)
    except argparse.ArgumentError:  # which the command's own parser says
        return None, None
    return named.recipe, named.profile


def _settings(kind: Any, prefix: str = "") -> Iterator[str]:
    for name, hint in get_type_hints(kind).items():
        yield f"{prefix}{name}"
        if is_dataclass(hint):
            yield from _settings(hint, f"{prefix}{name}.")


def _train(
    kind: Kind,
    command: Sequence[str],
    recipe: str,
    profile: str | None,
    out: Path | None,
    resume: bool,
    dry_run: bool,
    **settings: Any,
) -> int:
    wanted = kind(**settings)
    if dry_run:
        _try(wanted)
        return 0
    folder = out or Path("runs") / wanted.name / f"seed{wanted.seed}"
    if isinstance(wanted, ParserRecipe):
        _train_parser(wanted, folder, resume, command)
    else:
        _train_model(wanted, folder, resume, command)
    return 0


def _try(wanted: Recipe | ParserRecipe) -> None:
    from ccreid.training.lightning import is_first_process
    from ccreid.training.lightning_fit import quiet_lightning

    quiet_lightning()
    if isinstance(wanted, ParserRecipe):
        from ccreid.training.parser.dry_run import dry_run_parser

        measured = dry_run_parser(wanted)
    else:
        from ccreid.training.dry_run import dry_run_recipe

        measured = dry_run_recipe(wanted)
    if is_first_process():  # one of several processes, of which the first prints
        print(measured)


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
    if not finished.scores:  # one of several processes, of which the first prints
        return
    print_parser_scores(finished.scores, f"{recipe.name} on {finished.sources.tested_on(finished.scores)}")
    print(f"the parser is {folder / PARSER_FILE}; its scores are beside it")
