"""`ccreid check DATA`: what is wrong or doubtful with a data set, before an hour is spent on it."""

from pathlib import Path

from ccreid.app.arguments import CommandParser, Run
from ccreid.datasets.record import TEST_SHARE, DataSetName
from ccreid.recipe import DataRecipe

PURPOSE = """\
Look at every image of a data set once, and say what is wrong or doubtful.

Found are broken, tiny, sideways and duplicated images, images in training and test or under two identities, people with
too little to learn or to find, part maps that do not fit, and what is left out. A page shows the pictures. The exit
status is 1 where training or evaluation would fail, and 0 where something is doubtful alone."""

EXAMPLES = (
    "ccreid check photos",
    "ccreid check data/market --out market.html",
    "ccreid check photos.csv --identities 8 --json > found.json",
)


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    parser.describe(PURPOSE, EXAMPLES)
    parser.add_argument("data", metavar="DATA", type=Path, help="folder of a data set, or a table")
    parser.add_argument("--out", type=Path, default=Path("check.html"), help="the page with pictures to write")
    parser.add_argument("--dataset", type=DataSetName, default="auto", help="auto for the one whose layout it has")
    parser.add_argument("--test_share", type=float, default=TEST_SHARE, help="of people, where the data set names none")
    parser.add_argument(
        "--identities", type=int, default=DataRecipe.identities, help="people in a batch, data.identities"
    )
    parser.add_argument("--json", action="store_true", help="print all that was found as JSON, every file named")
    return _check


def _check(data: Path, out: Path, dataset: str, test_share: float, identities: int, json: bool) -> int:
    from ccreid.app.check.page import write_page
    from ccreid.app.check.terminal import check_json, print_check
    from ccreid.datasets.check.check import check_data

    check = check_data(data, identities, dataset, test_share)
    if json:
        print(check_json(check, out))
    else:
        print_check(check)
    write_page(check, out)
    if not json:
        verdict = "training or evaluation would fail" if check.stops else "nothing stops training or evaluation"
        images = len(check.train) + len(check.test)
        print(f"{verdict}; {images:,} images looked at in {check.seconds:.0f} s, with pictures in {out}")
    return int(check.stops)
