"""`ccreid ship RUN OUT`: from a run to one small file with the model's scores and thresholds in it."""

from pathlib import Path

from ccreid.app.arguments import CommandParser, Run

PURPOSE = """\
Make one file of a run's model that can be handed on: weights of 16 bits, its scores, and thresholds of its similarity.

The model is evaluated in single and in half precision, and the file is written where the scores are equal within half a
point, or one query. The thresholds are measured on the test people of the data sets, whom it must never have seen, on
pairs within each."""

EXAMPLES = (
    "ccreid ship runs/best_small/seed0 small.safetensors --data data/wardrobe photos.csv",
    "ccreid ship runs/best_small/seed0 small.safetensors --data data/wardrobe photos.csv --calibrate photos.csv "
    "--results runs/best_small/seed1/results.json runs/best_small/seed2/results.json",
    "ccreid models small.safetensors",
)

NOTES = """\
A data set is called by the name of its folder or table; NAME=PATH gives it another.

"""


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    parser.describe(PURPOSE, EXAMPLES, NOTES)
    parser.add_argument("model", metavar="RUN", type=Path, help="a run's folder or its model.safetensors")
    parser.add_argument("out", metavar="OUT", type=Path, help="the file to write, NAME.safetensors")
    parser.add_argument("--data", nargs="+", type=str, required=True, help="data sets whose scores the file is to bear")
    parser.add_argument(
        "--calibrate", nargs="+", type=str, help="data sets to measure thresholds on; --data if left out"
    )
    parser.add_argument("--results", nargs="+", type=Path, default=[], help="results.json of the recipe's other seeds")
    parser.add_argument(
        "--fmr", nargs="+", type=float, help="false-match rates; 0.1, 0.01, ... as far as there are pairs"
    )
    parser.add_argument("--device", type=str, default="auto", help="auto, cpu, cuda, cuda:1, ...")
    return _ship


def _ship(
    model: Path,
    out: Path,
    data: list[str],
    calibrate: list[str] | None,
    results: list[Path],
    fmr: list[float] | None,
    device: str,
) -> int:
    from ccreid.app.model_tables import print_thresholds
    from ccreid.app.named_data import open_named
    from ccreid.atomic_files import check_writable
    from ccreid.errors import BadValueError
    from ccreid.evaluation.results import read_sourced_results
    from ccreid.evaluation.ship import ship_model
    from ccreid.models.reid_model import ReIDModel

    if out.suffix != ".safetensors":
        raise BadValueError(f"{out} is to be a safetensors file: give a name such as {out.with_suffix('.safetensors')}")
    check_writable(out)
    trained = ReIDModel.from_pretrained(model, device)
    others = [row for path in results for row in read_sourced_results(path)]
    scored = open_named(trained, data)
    for opened in scored.values():
        opened.require_matches()
    measured = scored if calibrate is None else open_named(trained, calibrate)
    command = ["ccreid", "ship", str(model), str(out), "--data", *data]
    report = ship_model(trained, out, scored, measured, rates=fmr, others=others, command=command)
    print(report)
    print_thresholds(report.calibration)
    return 0
