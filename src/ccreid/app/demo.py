"""The demonstration: rendered people, the baseline and the method, and one report."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from ccreid.evaluation import ResultRow, provenance, write_results
from ccreid.recipe import Recipe, recipe_from_tree
from ccreid.training.recipe_file import read_recipe
from ccreid.training.run import RunResult, run_recipe
from ccreid.wardrobe.presets import PRESETS
from ccreid.wardrobe.render import render_wardrobe

RECIPES = ("baseline", "pixel_sampling_mse")
PROFILE = "cpu"


@dataclass(frozen=True)
class Demonstration:
    """What the demonstration measured.

    Attributes:
        data: Folder of the rendered people.
        runs: One a recipe and seed, in the order in which they ran.
        seeds: Number of seeds of each recipe.
        seconds: Of the whole demonstration.
    """

    data: Path
    runs: Sequence[RunResult]
    seeds: int
    seconds: float

    @property
    def rows(self) -> list[ResultRow]:
        """The result rows of all runs."""
        return [row for run in self.runs for row in run.rows]

    def folder_of(self, recipe: str) -> Path:
        """Return the folder of a recipe's first run."""
        return next(run.folder for run in self.runs if run.rows[0].recipe == recipe)


def render_people(data: Path, workers: int | None) -> None:
    """Render `mini`, or what an interrupted demonstration left of it.

    Args:
        data: Folder of the rendered people.
        workers: Rendering processes; all cores for None.

    Raises:
        ValueError: The folder holds something else; see `render_wardrobe`.
    """
    console = Console(stderr=True)
    console.print(f"[bold]1.[/] rendering people who change clothes into {data}")
    console.print(str(render_wardrobe(data, PRESETS["mini"], workers=workers)))


def train_models(folder: Path, data: Path, runs: Path, seeds: int, command: Sequence[str]) -> Demonstration:
    """Train the baseline and the method with each seed, and write results.json.

    What an interrupted demonstration finished is not done again.

    Args:
        folder: Of the report; results.json goes there.
        data: Folder of the rendered people.
        runs: Folder of the training runs.
        seeds: Number of seeds, counted from 0.
        command: The command line, for the record in results.json.

    Raises:
        ValueError: A folder holds something else; see `run_recipe`.
    """
    results = folder / "results.json"
    started = time.monotonic()
    console = Console(stderr=True)
    finished: list[RunResult] = []
    for seed in range(seeds):
        for number, name in enumerate(RECIPES, start=3):
            console.print(f"[bold]{number}.[/] training {name}, seed {seed}")
            recipe = demo_recipe(name, data, seed)
            finished.append(run_recipe(recipe, runs / name / f"seed{seed}", resume=True, command=command))
            write_results(results, finished[-1].rows, provenance(data, command))
    return Demonstration(data, finished, seeds, time.monotonic() - started)


def demo_recipe(name: str, data: Path, seed: int) -> Recipe:
    """Return a shipped recipe in the demonstration's profile.

    Args:
        name: Of the recipe.
        data: Folder of the rendered people.
        seed: Of the training.
    """
    recipe = recipe_from_tree(read_recipe(name, PROFILE))
    recipe.data.root = data
    recipe.seed = seed
    return recipe
