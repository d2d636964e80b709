"""`ccreid recipes [NAME]`: what can be trained, and what a recipe comes to."""

import math

import yaml

from ccreid.app.arguments import CommandParser, Run
from ccreid.errors import BadValueError
from ccreid.training.parser.recipe import ParserRecipe
from ccreid.training.recipe_file import (
    profile_names,
    read_profile,
    read_recipe,
    recipe_folder,
    recipe_names,
    resolved_settings,
)

PURPOSE = """\
List the recipes that ship with ccreid, one line each, and the profiles that they can be run with; of one recipe, show
every setting with the file that it comes from."""

EXAMPLES = (
    "ccreid recipes",
    "ccreid recipes pixel_sampling_mse",
    "ccreid recipes pixel_sampling_mse --profile cpu",
    "ccreid recipes my_recipe.yaml",
)


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    parser.describe(PURPOSE, EXAMPLES)
    parser.add_argument("name", metavar="NAME", nargs="?", type=str, help="a recipe's name or YAML file")
    parser.add_argument(
        "--profile",
        type=str | None,
        help=f"settings that go over the recipe's: {', '.join(profile_names())}, or a YAML file",
    )
    return _recipes


def _recipes(name: str | None, profile: str | None) -> int:
    if name is None and profile is not None:
        raise BadValueError(
            f"--profile {profile} goes over a recipe: name one, `ccreid recipes NAME --profile {profile}`"
        )
    print(_listed() if name is None else _resolved(name, profile))
    return 0


def _listed() -> str:
    names = [*recipe_names(), *recipe_names(ParserRecipe)]
    profiles = profile_names()
    width = max(map(len, [*names, *profiles]))
    lines = ["recipes:", *(f"  {name:<{width}}  {read_recipe(name)['description']}" for name in names), ""]
    lines += ["profiles (ccreid train RECIPE --profile NAME):"]
    lines += [f"  {name:<{width}}  {read_profile(name)['description']}" for name in profiles]
    return "\n".join([*lines, "", f"The files are in {recipe_folder()}."])


def _resolved(name: str, profile: str | None) -> str:
    settings = resolved_settings(name, profile)
    values = [_on_one_line(setting.value) for setting in settings]
    keys = max(len(setting.key) for setting in settings)
    shown = max(len(value) for value in values if len(value) < 40)
    return "\n".join(
        f"{setting.key:<{keys}}  {value:<{shown}}  {setting.source}"
        for setting, value in zip(settings, values, strict=True)
    )


def _on_one_line(value: object) -> str:
    """Return a value as a recipe of one's own would say it."""
    return yaml.safe_dump(value, default_flow_style=True, width=math.inf).split("\n")[0]
