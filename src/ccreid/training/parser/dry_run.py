"""A few steps and a few images of a parser's training, and what they say of the whole."""

import dataclasses
import tempfile
import time
from pathlib import Path
from typing import Final

from ccreid.parsing.lite.parser import network_parser
from ccreid.parsing.lite.weights import as_saved
from ccreid.peak_memory import peak_gpu_memory, peak_host_memory
from ccreid.training.divergence import StopAtDivergence
from ccreid.training.dry_run import DryRun
from ccreid.training.lightning_fit import fit_module
from ccreid.training.parser.data import ParserData
from ccreid.training.parser.run import prepare_parser
from ccreid.training.parser_recipe import ParserRecipe
from ccreid.training.step_clock import StepClock

_IMAGES: Final = 16


def dry_run_parser(recipe: ParserRecipe) -> DryRun:
    """Do all that a parser's run does up to a few training steps and the scores of a few images, and leave no file.

    Args:
        recipe: What would be trained; `recipe.data.root` or `recipe.data.photos` must be set.

    Raises:
        ValueError: As `run_parser_recipe` would before or in its first steps.
        DivergenceError: The loss is no number in the first steps.
    """
    started = time.monotonic()
    # To read all images would take longer than the few steps.
    uncached = dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, cache=False))
    prepared = prepare_parser(uncached)
    with tempfile.TemporaryDirectory(prefix="ccreid-dry-run-") as name:
        clock = StepClock()
        callbacks = [StopAtDivergence(prepared.people.records, Path(name)), clock]
        data = ParserData(prepared.people, uncached)
        fit_module(prepared.module, data, Path(name), recipe.trainer, recipe.schedule.epochs, callbacks)
    parser = network_parser(as_saved(prepared.module.network), "")
    prepared.sources.few(1).score(parser)
    few = prepared.sources.few(_IMAGES)
    scoring = time.monotonic()
    few.score(parser)
    image = (time.monotonic() - scoring) / few.scored
    return DryRun(
        f"{recipe.name} on {' and '.join(str(root) for root in (recipe.data.photos, recipe.data.root) if root)}",
        clock.first - started,
        clock.times(),
        0,
        prepared.sources.scored,
        image,
        peak_host_memory(),
        peak_gpu_memory(),
    )
