"""`ccreid threshold FEATURES`: which similarity means the same person, measured on people who are known."""

import functools
from dataclasses import replace
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ccreid.app.arguments import CommandParser, Run

if TYPE_CHECKING:
    from ccreid.evaluation.pair_counts import Labelled
    from ccreid.models.reid_model import ReIDModel

PURPOSE = """\
Measure thresholds of the similarity at false-match rates, on a table of features with identities or on a data set's
test people: pairs of different people say how often a threshold is wrong, pairs of one person, across and within
clothes, how many it finds. They must be people whom the model never saw."""

EXAMPLES = (
    "ccreid threshold features.parquet",
    "ccreid threshold features.parquet --fmr 0.01 0.001 --out thresholds",
    "ccreid threshold --model runs/baseline/seed0 --data data/wardrobe --json",
    "ccreid threshold features.parquet --other-clothes --out thresholds",
)

NOTES = """\
Several tables or data sets are measured together, on the pairs within each. --out writes thresholds.json, which
`ccreid search --thresholds` and `ccreid serve --thresholds` take, and, as PNG and SVG, similarity, roc and det.

"""


class _People(NamedTuple):
    """People who are known.

    Attributes:
        sets: Their features, by the name of a table or data set.
        model: What the model is called that made them.
        fingerprint: That model's.
        of: What each feature is of.
    """

    sets: "dict[str, Labelled]"
    model: str
    fingerprint: str
    of: str


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    parser.describe(PURPOSE, EXAMPLES, NOTES)
    parser.add_argument(
        "features", metavar="FEATURES", nargs="*", type=Path, default=[], help="tables that `ccreid embed` wrote"
    )
    parser.add_argument("--data", nargs="+", type=str, help="data sets in their place, whose test people are embedded")
    parser.add_argument(
        "--model",
        type=Path | None,
        help="for --data or --other-clothes: a run, its model.safetensors or a shipped model",
    )
    parser.add_argument(
        "--other-clothes",
        action="store_true",
        help="of `ccreid search --other-clothes`: what is worn on the photos that search does not count",
    )
    parser.add_argument(
        "--fmr", nargs="+", type=float, help="false-match rates; 0.1, 0.01, ... as far as there are pairs"
    )
    parser.add_argument("--out", type=Path | None, help="a folder for thresholds.json and the curves")
    parser.add_argument("--json", action="store_true", help="print as JSON instead of tables")
    parser.add_argument("--device", type=str, default="auto", help="auto, cpu, cuda, cuda:1, ...")
    return functools.partial(_threshold, parser)


def _threshold(
    parser: CommandParser,
    features: list[Path],
    data: list[str] | None,
    model: Path | None,
    other_clothes: bool,
    fmr: list[float] | None,
    out: Path | None,
    json: bool,
    device: str,
) -> int:
    if bool(features) == bool(data):
        parser.error("give tables of features, or a model's data sets by --data, one of the two")
    if features and model is not None and not other_clothes:
        parser.error(f"tables say which model they are of: leave --model {model} out")
    from ccreid.app.model_tables import print_similarities, print_thresholds
    from ccreid.app.search.chosen_model import chosen_model
    from ccreid.app.threshold_files import Thresholds, thresholds_tree, write_thresholds
    from ccreid.atomic_files import check_writable
    from ccreid.evaluation.calibrate import calibrate
    from ccreid.figures.drawing import check_plots

    if out is not None:
        check_plots()
        check_writable(out / "thresholds.json")
    embedder = chosen_model(model, device) if data or other_clothes else None
    people = _of_data(data, embedder) if data and embedder else _of_tables(features)
    if embedder and other_clothes:
        people = _in_other_clothes(people, embedder)
    measured = calibrate(list(people.sets.values()), list(people.sets), fmr, people.of)
    thresholds = Thresholds(people.model, people.fingerprint, other_clothes, measured.calibration)
    tree = thresholds_tree(thresholds, measured)
    if json:
        print(dumps(tree, indent=2))
    else:
        print(
            f"similarity of {people.of} by {people.model}"
            + (", where what is worn does not count" if other_clothes else "")
        )
        print_similarities(measured)
        print_thresholds(measured.calibration)
    if out is not None:
        write_thresholds(measured, tree, out)
        if not json:
            print(f"wrote thresholds.json and the curves into {out}")
    return 0


def _of_tables(tables: list[Path]) -> _People:
    """Return the people of tables of features."""
    from ccreid.errors import BadValueError
    from ccreid.retrieval.labelled_table import common_mark, labelled_table

    mark = common_mark(tables)
    sets = {str(table): labelled_table(table) for table in tables}
    for table, images in sets.items():
        if not len(images):
            raise BadValueError(
                f"{table} says of no image who is on it: embed a folder with a folder for each person, or a data set"
            )
    return _People(sets, str(mark), mark.model, mark.of)


def _of_data(words: list[str], embedder: "ReIDModel") -> _People:
    """Return data sets' test people."""
    from ccreid.app.named_data import open_named
    from ccreid.datasets.tracks import unit_of
    from ccreid.evaluation.labelled_people import labelled_people
    from ccreid.retrieval.feature_mark import fingerprint

    opened = open_named(embedder, words)
    units = {unit_of(one.test_records()) for one in opened.values()}
    of = " and ".join(sorted(units))
    sets = {name: labelled_people(embedder, one) for name, one in opened.items()}
    return _People(sets, embedder.name, fingerprint(embedder), of)


def _in_other_clothes(people: _People, embedder: "ReIDModel") -> _People:
    """Return the same people, searched by what is left of their features without clothes."""
    from ccreid.errors import BadValueError
    from ccreid.retrieval.feature_mark import fingerprint
    from ccreid.retrieval.other_clothes import clothes_left_out

    if fingerprint(embedder) != people.fingerprint:
        raise BadValueError(
            f"the features are of the model {people.model}, and {embedder.name} is to leave clothes out of them: give "
            "--model, the one that made them"
        )
    asked = {name: replace(one, asked=clothes_left_out(one.features, embedder)) for name, one in people.sets.items()}
    return people._replace(sets=asked)
