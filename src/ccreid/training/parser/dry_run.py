"""A few steps and a few images of a parser's training, and what they say of the whole."""

import tempfile
import time
from pathlib import Path
from typing import Final

from ccreid.datasets.record import spread_evenly
from ccreid.parsing.parser_scores import score_parser
from ccreid.parsing.tiny.parser import network_parser
from ccreid.parsing.tiny.weights import as_saved
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
        recipe: What would be trained; `recipe.data.root` must be set.

    Raises:
        ValueError: As `run_parser_recipe` would before or in its first steps.
        DivergenceError: The loss is no number in the first steps.
    """
    started = time.monotonic()
    data, tested, module = prepare_parser(recipe)
    with tempfile.TemporaryDirectory(prefix="ccreid-dry-run-") as name:
        clock = StepClock()
        callbacks = [StopAtDivergence(data.train, Path(name)), clock]
        fit_module(module, ParserData(data, recipe), Path(name), recipe.trainer, recipe.schedule.epochs, callbacks)
    parser = network_parser(as_saved(module.network), "")
    score_parser(parser, spread_evenly(tested, 1))
    few = spread_evenly(tested, _IMAGES)
    scoring = time.monotonic()
    score_parser(parser, few)
    image = (time.monotonic() - scoring) / len(few)
    return DryRun(
        f"{recipe.name} on {data.root}",
        clock.first - started,
        clock.times(),
        0,
        len(tested),
        image,
        peak_host_memory(),
        peak_gpu_memory(),
    )
