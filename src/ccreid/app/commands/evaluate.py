"""`ccreid evaluate CHECKPOINT`: a trained model on a data set's test images."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from ccreid.app.arguments import CommandParser, Run
from ccreid.datasets.record import DataSetName, PartsMode

Authors = Literal["global", "pcb", "hpm", "mgn"]

EXAMPLES = (
    "ccreid evaluate runs/baseline/seed0/model.safetensors",
    "ccreid evaluate model.safetensors --data data/prcc --out results.json",
    "ccreid evaluate model.safetensors --data data/market --dataset market1501",
    "ccreid evaluate model.safetensors --json > rows.json",
    "ccreid evaluate logs/prcc_hpm/checkpoint_best.pth --authors hpm --data data/prcc",
    "ccreid evaluate model.safetensors --rerank",
)


def configure(parser: CommandParser) -> Run:
    """Give the command's arguments; return what it does."""
    return parser.add_function(evaluate, EXAMPLES)


def evaluate(
    checkpoint: Path,
    data: Path | None = None,
    dataset: DataSetName = "auto",
    out: Path | None = None,
    device: str = "auto",
    authors: Authors | None = None,
    rerank: bool = False,
    json: bool = False,
) -> int:
    """Evaluate a trained model in all settings of a data set, across and within clothes for PRCC.

    Args:
        checkpoint: A run's model.safetensors, or with --authors a checkpoint_best.pth.
        data: Folder of a data set; the one that the model was trained on where it is left out.
        dataset: Which data set it is; auto for the one whose layout the folder has.
        out: results.json to write the rows to; rows of other recipes and seeds in it stay.
        device: auto, cpu, cuda, cuda:1, ...
        authors: The model in a checkpoint that the authors of pixel sampling released: global, pcb, hpm or mgn.
        rerank: Add rows of the protocol all-gallery-reranked: k-reciprocal re-ranking (Zhong et al., CVPR 2017).
        json: Print the rows as JSON, in fractions, instead of a table.
    """
    return _evaluate(checkpoint, data, dataset, out, device, authors, rerank=rerank, as_json=json)


def _evaluate(
    checkpoint: Path,
    data: Path | None,
    dataset: DataSetName,
    out: Path | None,
    device: str,
    authors: Authors | None,
    *,
    rerank: bool,
    as_json: bool,
) -> int:
    from ccreid.app.terminal_tables import print_results
    from ccreid.atomic_files import check_writable
    from ccreid.datasets.check.readable import require_readable
    from ccreid.datasets.left_out import say_left_out
    from ccreid.datasets.open_data import open_data_set
    from ccreid.evaluation import Reranking, evaluate_model, provenance, write_results
    from ccreid.evaluation.evaluate import pack_of
    from ccreid.figures.compared_models import data_root
    from ccreid.models.reid_model import ReIDModel

    if out is not None:
        check_writable(out)
    if authors is None:
        model = ReIDModel.from_pretrained(checkpoint, device)
    else:
        model = ReIDModel.from_authors(checkpoint, authors, device)
    root = data_root(model, checkpoint, data)
    parts: PartsMode = "required" if model.network.reads_parts == "always" else "none"
    chosen = model.recipe.data.dataset if data is None and dataset == "auto" else dataset
    own = model.recipe.data
    opened = say_left_out(open_data_set(root, chosen, parts, own.modality, own.test_share))
    opened.require_matches()
    require_readable(opened.test_records(), pack_of(model, opened))
    rows = evaluate_model(model, opened, Reranking() if rerank else None)
    if out is not None:
        command = ["ccreid", "evaluate", str(checkpoint), "--data", str(root)]
        command += [] if dataset == "auto" else ["--dataset", dataset]
        command += [] if authors is None else ["--authors", authors]
        command += ["--rerank"] if rerank else []
        write_results(out, rows, provenance(root, command))
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        epoch = "" if model.epoch is None else f", epoch {model.epoch}"
        print_results(rows, title=f"{model.recipe.name}{epoch}, on {root}")
    return 0
