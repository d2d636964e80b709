"""The lite parser from people with part maps to a file with scores: what `ccreid train parser` does."""

import contextlib
import dataclasses
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from ccreid.datasets.left_out import say_left_out
from ccreid.evaluation import provenance
from ccreid.memory_shortage import shortage_explained
from ccreid.parsing.lite.parser import network_parser
from ccreid.parsing.lite.weights import as_saved, save_lite
from ccreid.parsing.parser_scores import ParserScores, write_parser_scores
from ccreid.training.divergence import StopAtDivergence
from ccreid.training.lightning import is_first_process
from ccreid.training.lightning_fit import fit_module
from ccreid.training.memory_advice import memory_advice
from ccreid.training.parser.data import ParserData, ParserSources
from ccreid.training.parser.module import ParserTraining
from ccreid.training.parser.people import LearnedPeople
from ccreid.training.parser_recipe import ParserRecipe
from ccreid.training.recipe_check import check_parser_recipe
from ccreid.training.run_folder import claimed_folder
from ccreid.weight_files import fingerprint

PARSER_FILE = "parser.safetensors"
SCORES_FILE = "parser_scores.json"


@dataclass(frozen=True)
class ParserRunResult:
    """What a run leaves.

    Attributes:
        folder: With recipe.yaml, parser.safetensors, parser_scores.json, last.ckpt and the TensorBoard logs.
        sources: What it was trained on and scored by.
        scores: On people that were not trained on: "photos", "rendered", or both; none in further processes of a run on
            several devices.
        seconds: Time spent training in this call.
    """

    folder: Path
    sources: ParserSources
    scores: dict[str, ParserScores]
    seconds: float


def run_parser_recipe(
    recipe: ParserRecipe, folder: Path, *, resume: bool = False, command: Sequence[str] = ()
) -> ParserRunResult:
    """Train the lite parser to the last epoch, score it on people that it has not seen, and write all to a folder.

    Nothing is chosen by the scores, and what is scored is what the written file is read as.

    Args:
        recipe: How to train; `recipe.data.root` or `recipe.data.photos` must be set.
        folder: Where the run is written.
        resume: Go on from the folder's last finished epoch; a folder without one starts from the beginning.
        command: The command line, for the record.

    Raises:
        RunError: The folder holds a run and `resume` is not set, it holds a run of another recipe, or another process
            trains in it.
        ValueError: A value of the recipe is out of its range, a data set cannot be read, or the rendered test images
            have no part maps.
        MemoryShortageError: The memory of the machine or the GPU does not suffice; the last finished epoch is kept.
        KeyboardInterrupt: Ctrl-C; the last finished epoch is kept.
    """
    prepared = prepare_parser(recipe)
    sources, people, module = prepared.sources, prepared.people, prepared.module
    with claimed_folder(folder, recipe, resume) if is_first_process() else contextlib.nullcontext():
        started = time.monotonic()
        with shortage_explained(partial(memory_advice, recipe, folder)):
            fit_module(
                module,
                ParserData(people, recipe),
                folder,
                recipe.trainer,
                recipe.schedule.epochs,
                [StopAtDivergence(people.records, folder)],
            )
        seconds = time.monotonic() - started
        if not is_first_process():
            return ParserRunResult(folder, sources, {}, seconds)
        scores = sources.score(network_parser(as_saved(module.network), ""))
        data = recipe.data.photos or recipe.data.root
        assert data is not None  # check_parser_recipe refuses a recipe without either
        origin = provenance(data, command)
        about = {
            "recipe": json.dumps(dataclasses.asdict(recipe), default=str),
            "trained_on": sources.trained_on(),
            "data": origin["data"],
            "command": origin["command"],
            "tested_on": sources.tested_on(scores),
            "scores": json.dumps({name: dataclasses.asdict(of_kind) for name, of_kind in scores.items()}),
        }
        save_lite(folder / PARSER_FILE, module.network, about)
        mark = fingerprint(folder / PARSER_FILE)
        scores = {name: dataclasses.replace(of_kind, fingerprint=mark) for name, of_kind in scores.items()}
        write_parser_scores(folder / SCORES_FILE, scores, origin)
        return ParserRunResult(folder, sources, scores, seconds)


@dataclass(frozen=True)
class PreparedParser:
    """What a run trains, on what.

    Attributes:
        sources: The data sets.
        people: Who is drawn from them.
        module: The network with its first weights, and its training step.
    """

    sources: ParserSources
    people: LearnedPeople
    module: ParserTraining


def prepare_parser(recipe: ParserRecipe) -> PreparedParser:
    """Check a recipe, open its data sets and build the network with its first weights.

    Raises:
        ValueError: A value of the recipe is out of its range, a data set cannot be read, or the rendered test images
            have no part maps.
    """
    check_parser_recipe(recipe)
    sources = ParserSources.open(recipe)
    if sources.rendered is not None and is_first_process():
        say_left_out(sources.rendered)
    torch.manual_seed(recipe.seed)
    module = ParserTraining(recipe)
    return PreparedParser(sources, LearnedPeople(sources.rendered, sources.photos, recipe), module)
