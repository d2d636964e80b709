"""What a finished run left, found without a look at its images or weights."""

from pathlib import Path

from ccreid.evaluation.results import SourcedRow, read_sourced_results
from ccreid.training.checkpoint import is_whole_model
from ccreid.training.recipe import Recipe
from ccreid.training.run import MODEL_FILE, RESULTS_FILE
from ccreid.training.run_folder import RECIPE_FILE, RunError, check_same_recipe, recipe_tree


def finished_rows(recipe: Recipe, folder: Path, fingerprint: str) -> list[SourcedRow]:
    """Return the rows of a recipe's finished run, or none where the run has not started or not ended.

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
    if not (folder / RESULTS_FILE).is_file() or not is_whole_model(folder / MODEL_FILE):
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
