"""The tiny parser from a data set's exact part maps to a file with scores: what `ccreid train parser` does."""

import dataclasses
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from ccreid.datasets.left_out import say_left_out
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord
from ccreid.evaluation import provenance
from ccreid.parsing.parser_scores import ParserScores, scorable_images, score_parser, write_parser_scores
from ccreid.parsing.tiny.parser import network_parser
from ccreid.parsing.tiny.weights import as_saved, fingerprint, save_tiny
from ccreid.training.divergence import StopAtDivergence
from ccreid.training.lightning import is_first_process
from ccreid.training.lightning_fit import fit_module
from ccreid.training.parser.data import ParserData
from ccreid.training.parser.module import ParserTraining
from ccreid.training.parser_recipe import ParserRecipe
from ccreid.training.recipe_check import check_parser_recipe
from ccreid.training.run_folder import claimed_folder

PARSER_FILE = "parser.safetensors"
SCORES_FILE = "parser_scores.json"

_LIMITS = (
    "Trained and scored on rendered people (ccreid's Wardrobe) alone, from random first weights. "
    "It was never trained on photos."
)


@dataclass(frozen=True)
class ParserRunResult:
    """What a run leaves.

    Attributes:
        folder: With recipe.yaml, parser.safetensors, parser_scores.json, last.ckpt and the TensorBoard logs.
        scores: On the test identities.
        seconds: Time spent training in this call.
    """

    folder: Path
    scores: ParserScores
    seconds: float


def run_parser_recipe(
    recipe: ParserRecipe, folder: Path, *, resume: bool = False, command: Sequence[str] = ()
) -> ParserRunResult:
    """Train the tiny parser to the last epoch, score it on the test identities, and write everything to a folder.

    Nothing is chosen on the test identities, and what is scored is what the written file is read as.

    Args:
        recipe: How to train; `recipe.data.root` must be set.
        folder: Where the run is written.
        resume: Go on from the folder's last finished epoch; a folder without one starts from the beginning.
        command: The command line, for the record.

    Raises:
        RunError: The folder holds a run and `resume` is not set, it holds a run of another recipe, or another process
            trains in it.
        ValueError: A value of the recipe is out of its range, the data set cannot be read, or its test images have no
            part maps.
        KeyboardInterrupt: Ctrl-C; the last finished epoch is kept.
    """
    data, tested, module = prepare_parser(recipe)
    with claimed_folder(folder, recipe, resume):
        started = time.monotonic()
        fit_module(
            module,
            ParserData(data, recipe),
            folder,
            recipe.trainer,
            recipe.schedule.epochs,
            [StopAtDivergence(data.train, folder)],
        )
        seconds = time.monotonic() - started
        scores = score_parser(network_parser(as_saved(module.network), ""), tested)
        origin = provenance(data.root, command)
        learned = f"{len(data.train)} images of {len(data.train_labels)} people, data fingerprint {origin['data']}"
        about = {
            "recipe": json.dumps(dataclasses.asdict(recipe), default=str),
            "trained_on": learned,
            "command": origin["command"],
            "limits": _LIMITS,
            "tested_on": f"{scores.images} images of {scores.identities} people who were not trained on",
            "mean_iou": f"{scores.mean_iou:.4f}",
            "iou": json.dumps(scores.iou),
        }
        save_tiny(folder / PARSER_FILE, module.network, about)
        scores = dataclasses.replace(scores, fingerprint=fingerprint(folder / PARSER_FILE))
        write_parser_scores(folder / SCORES_FILE, scores, origin)
        return ParserRunResult(folder, scores, seconds)


def prepare_parser(recipe: ParserRecipe) -> tuple[PRCC, list[ImageRecord], ParserTraining]:
    """Check a recipe, open its data set and build the network with its first weights.

    Returns:
        The data set, its test images that have part maps, and what is trained.

    Raises:
        ValueError: A value of the recipe is out of its range, the data set cannot be read, or its test images have no
            part maps.
    """
    check_parser_recipe(recipe)
    assert recipe.data.root is not None  # check_parser_recipe refuses a recipe without it
    data = PRCC(recipe.data.root, parts="required")
    if is_first_process():
        say_left_out(data)
    tested = scorable_images(data)
    torch.manual_seed(recipe.seed)
    return data, tested, ParserTraining(recipe)
