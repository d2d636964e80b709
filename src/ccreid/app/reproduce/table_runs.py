"""The runs that a table is made of, one a recipe and seed.

It imports no torch: a process that trains one must learn its number of threads first.
"""

from dataclasses import dataclass
from pathlib import Path

from ccreid.app.reproduce.paper_tables import Table
from ccreid.errors import BadValueError
from ccreid.recipe import Recipe, recipe_from_tree
from ccreid.training.recipe_file import read_recipe


@dataclass(frozen=True)
class TableRun:
    """One training that a table needs.

    Attributes:
        recipe: What is trained, with data set, profile and seed.
        folder: Where; all tables share it, so that a recipe of two tables is trained once.
    """

    recipe: Recipe
    folder: Path

    @property
    def title(self) -> str:
        """What the run is called in progress lines."""
        return f"{self.recipe.name} seed {self.recipe.seed}"


@dataclass(frozen=True)
class Failure:
    """A run that gave no result, and why in one line."""

    run: TableRun
    reason: str


def table_runs(table: Table, data: Path, profile: str | None, seeds: int, folder: Path) -> list[TableRun]:
    """Return a table's runs, all recipes with one seed before the next, so that every row is there early.

    Args:
        table: Which.
        data: The data set.
        profile: Name or file of the settings that go over each recipe's.
        seeds: Number of seeds, counted from 0.
        folder: Of all runs; one is in RECIPE/seedN below it.

    Raises:
        ValueError: `seeds` is below 1.
        RecipeError: There is no such recipe or profile.
    """
    if seeds < 1:
        raise BadValueError(f"--seeds is {seeds}, expected at least 1")
    runs = []
    for seed in range(seeds):
        for row in table.rows:
            recipe = recipe_from_tree(read_recipe(row.recipe, profile))
            recipe.data.root, recipe.seed = data, seed
            runs.append(TableRun(recipe, folder / row.recipe / f"seed{seed}"))
    return runs
