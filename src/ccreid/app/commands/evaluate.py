"""`ccreid evaluate CHECKPOINT`: a trained model on a data set's test images."""

import functools
import sys
from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import Literal

from ccreid.app.arguments import CommandParser, Run
from ccreid.datasets.record import DataSetName, PartsMode

Authors = Literal["global", "pcb", "hpm", "mgn"]

PURPOSE = """\
Evaluate a trained model in all settings of a data set, across and within clothes for PRCC."""

EXAMPLES = (
    "ccreid evaluate runs/baseline/seed0/model.safetensors",
    "ccreid evaluate model.safetensors --data data/prcc --out results.json",
    "ccreid evaluate model.safetensors --data data/market --dataset market1501",
    "ccreid evaluate model.safetensors --json > rows.json",
    "ccreid evaluate logs/prcc_hpm/checkpoint_best.pth --authors hpm --data data/prcc",
    "ccreid evaluate model.safetensors --rerank",
    "ccreid evaluate --model ccreid-small --data data/market",
)


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    parser.describe(PURPOSE, EXAMPLES)
    parser.add_argument(
        "checkpoint",
        metavar="CHECKPOINT",
        nargs="?",
        type=Path,
        help="a run's model.safetensors or folder or a shipped model's name, or with --authors a checkpoint_best.pth",
    )
    parser.add_argument("--model", type=Path | None, help="the same as CHECKPOINT; the shipped model without either")
    parser.add_argument(
        "--data", type=Path | None, help="folder of a data set; the one that it was trained on if left out"
    )
    parser.add_argument("--dataset", type=DataSetName, default="auto", help="auto for the one whose layout it has")
    parser.add_argument("--out", type=Path | None, help="results.json for the rows; rows of others in it stay")
    parser.add_argument("--device", type=str, default="auto", help="auto, cpu, cuda, cuda:1, ...")
    parser.add_argument(
        "--authors", type=Authors | None, help="the model in a checkpoint that the authors of pixel sampling released"
    )
    parser.add_argument(
        "--rerank", action="store_true", help="add rows of all-gallery-reranked (Zhong et al., CVPR 2017)"
    )
    parser.add_argument("--json", action="store_true", help="print the rows as JSON, in fractions, instead of a table")
    return functools.partial(_evaluate, parser)


def _evaluate(
    parser: CommandParser,
    checkpoint: Path | None,
    model: Path | None,
    data: Path | None,
    dataset: DataSetName,
    out: Path | None,
    device: str,
    authors: Authors | None,
    rerank: bool,
    json: bool,
) -> int:
    if checkpoint is not None and model is not None:
        parser.error(f"one model is evaluated at a time: leave {checkpoint} or --model {model} out")
    if authors is not None and checkpoint is None and model is None:
        parser.error(f"--authors {authors} says what is in a checkpoint_best.pth: give that file")
    from ccreid.app.search.chosen_model import chosen_model
    from ccreid.app.terminal_tables import print_results
    from ccreid.atomic_files import check_writable
    from ccreid.datasets.broken import require_readable
    from ccreid.datasets.left_out import say_left_out
    from ccreid.datasets.open_data import open_data_set
    from ccreid.evaluation import Reranking, evaluate_model, provenance, write_results
    from ccreid.evaluation.doubts import doubts
    from ccreid.evaluation.evaluate import pack_of
    from ccreid.figures.shown_models import data_root
    from ccreid.models.reid_model import ReIDModel
    from ccreid.models.shipped import DEFAULT

    if out is not None:
        check_writable(out)
    source = checkpoint or model or Path(DEFAULT)
    if authors is None:
        trained = chosen_model(checkpoint or model, device)
    else:
        trained = ReIDModel.from_authors(source, authors, device)
    root = data_root(trained, source, data)
    parts: PartsMode = "required" if trained.network.reads_parts == "always" else "none"
    chosen = trained.recipe.data.dataset if data is None and dataset == "auto" else dataset
    own = trained.recipe.data
    opened = say_left_out(open_data_set(root, chosen, parts, own.modality, own.test_share))
    opened.require_matches()
    require_readable(opened.test_records(), pack_of(trained, opened))
    for warning in doubts(trained, opened):
        print(f"warning: {warning}", file=sys.stderr)
    rows = evaluate_model(trained, opened, Reranking() if rerank else None)
    if out is not None:
        command = ["ccreid", "evaluate", str(source), "--data", str(root)]
        command += [] if dataset == "auto" else ["--dataset", dataset]
        command += [] if authors is None else ["--authors", authors]
        command += ["--rerank"] if rerank else []
        write_results(out, rows, provenance(root, command, asdict(trained.recipe)))
    if json:
        print(dumps([asdict(row) for row in rows], indent=2))
    else:
        epoch = "" if trained.epoch is None else f", epoch {trained.epoch}"
        print_results(rows, title=f"{trained.recipe.name}{epoch}, on {root}")
    return 0
