"""Which settings to change where the memory does not suffice for a training, and what is kept of it."""

from pathlib import Path

import torch

from ccreid.memory_shortage import Place
from ccreid.recipe import Recipe
from ccreid.training.parser_recipe import ParserRecipe
from ccreid.training.run_folder import RESUME_FILE


def memory_advice(recipe: Recipe | ParserRecipe, folder: Path, place: Place) -> str:
    """Return which of a recipe's settings to change, and how to go on.

    Args:
        recipe: What is trained.
        folder: Of the run.
        place: Where the memory does not suffice.
    """
    last = folder / RESUME_FILE
    kept = "no epoch was finished"
    if last.is_file():
        # Mapped, so that the weights take no memory.
        epoch = torch.load(last, map_location="cpu", weights_only=True, mmap=True)["epoch"] + 1
        kept = f"epoch {epoch} is kept in {last}, from which --resume goes on"
    if place == "readers":
        return f"lower data.workers ({recipe.data.workers} now), or give a container more with --shm-size; {kept}"
    smaller = f"{_batch(recipe)}, with another --out"
    if place == "machine":
        cache = ", set data.cache false" if recipe.data.cache else ""
        return f"end other programs{cache}, lower data.workers ({recipe.data.workers} now), or {smaller}; {kept}"
    precision = recipe.trainer.precision
    other = "" if precision.startswith(("16", "bf16")) else f"set trainer.precision bf16-mixed ({precision} now), or "
    return f"{other}{smaller}; {kept}"


def _batch(recipe: Recipe | ParserRecipe) -> str:
    """Name the settings of a batch's size."""
    if isinstance(recipe, ParserRecipe):
        return f"lower data.batch ({recipe.data.batch} now)"
    data = recipe.data
    return (
        f"lower data.identities or data.instances (a batch is {data.identities} x {data.instances} images of "
        f"{data.height}x{data.width} now)"
    )
