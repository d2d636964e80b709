"""`ccreid recipes`: what can be trained."""

from collections.abc import Sequence

from ccreid.app.arguments import run_command
from ccreid.training.parser.recipe import ParserRecipe
from ccreid.training.recipe_file import profile_names, read_profile, read_recipe, recipe_folder, recipe_names


def main(arguments: Sequence[str]) -> int:
    """Run the command."""
    return run_command("recipes", recipes, ["ccreid recipes"], arguments)


def recipes() -> int:
    """List the recipes that ship with ccreid, one line each, and the profiles that they can be run with."""
    names = [*recipe_names(), *recipe_names(ParserRecipe)]
    profiles = profile_names()
    width = max(map(len, [*names, *profiles]))
    print("recipes:")
    for name in names:
        print(f"  {name:<{width}}  {read_recipe(name)['description']}")
    print("\nprofiles (ccreid train RECIPE --profile NAME):")
    for name in profiles:
        print(f"  {name:<{width}}  {read_profile(name)['description']}")
    print(f"\nThe files are in {recipe_folder()}.")
    return 0
