"""The tiny parser from a data set's exact part maps to a file with scores: what `ccreid train parser` does."""

import dataclasses
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from ccreid.datasets.prcc import PRCC
from ccreid.evaluation import provenance
from ccreid.parsing.parser_scores import ParserScores, scorable_images, score_parser, write_parser_scores
from ccreid.parsing.tiny.parser import tiny_parser
from ccreid.parsing.tiny.weights import save_tiny
from ccreid.training.lightning_fit import fit_module
from ccreid.training.parser.data import ParserData
from ccreid.training.parser.module import ParserTraining
from ccreid.training.parser.recipe import ParserRecipe
from ccreid.training.recipe_check import check_parser_recipe
from ccreid.training.run_folder import claim_folder

PARSER_FILE = "parser.safetensors"
SCORES_FILE = "parser_scores.json"

_LIMITS = (
    "Trained and scored on rendered people (ccreid's Wardrobe) alone, from random first weights. "
    "It was never trained on photos."
)


@dataclass(frozen=True)
class FinishedParser:
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
) -> FinishedParser:
    """Train the tiny parser to the last epoch, score it on the test identities, and write everything to a folder.

    Nothing is chosen on the test identities, and the file that is scored is the file that is written.

    Args:
        recipe: How to train; `recipe.data.root` must be set.
        folder: Where the run is written.
        resume: Go on from the folder's last finished epoch; a folder without one starts from the beginning.
        command: The command line, for the record.

    Raises:
        RunError: The folder holds a run and `resume` is not set, or it holds a run of another recipe.
        ValueError: A value of the recipe is out of its range, the data set cannot be read, or its test images have no
            part maps.
        KeyboardInterrupt: Ctrl-C; the last finished epoch is kept.
    """
    check_parser_recipe(recipe)
    assert recipe.data.root is not None  # check_parser_recipe refuses a recipe without it
    data = PRCC(recipe.data.root, parts="required")
    tested = scorable_images(data)
    torch.manual_seed(recipe.seed)
    module = ParserTraining(recipe)
    claim_folder(folder, recipe, resume)
    started = time.monotonic()
    fit_module(module, ParserData(data, recipe), folder, recipe.trainer, recipe.schedule.epochs)
    seconds = time.monotonic() - started
    origin = provenance(data.root, command)
    about = {
        "recipe": json.dumps(dataclasses.asdict(recipe), default=str),
        "trained_on": f"{len(data.train)} images of {len(data.train_labels)} people, data fingerprint {origin['data']}",
        "command": origin["command"],
        "limits": _LIMITS,
    }
    path = folder / PARSER_FILE
    save_tiny(path, module.network, about)
    scores = score_parser(tiny_parser(path), tested)
    tested_on = f"{scores.images} images of {scores.identities} people who were not trained on"
    scored = {"tested_on": tested_on, "mean_iou": f"{scores.mean_iou:.4f}", "iou": json.dumps(scores.iou)}
    # The same weights with their scores, which gives the file another fingerprint.
    save_tiny(path, module.network, about | scored)
    scores = dataclasses.replace(scores, fingerprint=tiny_parser(path).fingerprint)
    write_parser_scores(folder / SCORES_FILE, scores, origin)
    return FinishedParser(folder, scores, seconds)
