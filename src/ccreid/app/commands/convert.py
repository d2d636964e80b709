"""`ccreid convert DATA OUT.csv`: any data set that can be read, as a table that can be edited."""

import sys
from pathlib import Path

from ccreid.app.arguments import CommandParser, Run
from ccreid.datasets.record import TEST_SHARE, DataSetName

PURPOSE = """\
Write a data set as a table of its images, which can be edited and read in the data set's place.

The table has a row for each training and test image: path, identity and, where they are known, camera, clothes, split,
time, track and part map. Read it with --data.root OUT.csv."""

EXAMPLES = (
    "ccreid convert photos photos/images.csv",
    "ccreid convert data/ltcc ltcc.parquet",
)


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    parser.describe(PURPOSE, EXAMPLES)
    parser.add_argument("data", metavar="DATA", type=Path, help="folder of a data set, or a table")
    parser.add_argument("out", metavar="OUT", type=Path, help="the table to write, .csv or .parquet")
    parser.add_argument("--dataset", type=DataSetName, default="auto", help="auto for the one whose layout it has")
    parser.add_argument("--test_share", type=float, default=TEST_SHARE, help="of people, where the data set names none")
    return _convert


def _convert(data: Path, out: Path, dataset: str, test_share: float) -> int:
    from ccreid.datasets.left_out import say_left_out
    from ccreid.datasets.open_data import open_data_set
    from ccreid.datasets.table_file import TABLE_SUFFIXES, without_text, write_table
    from ccreid.errors import BadValueError

    if out.suffix.lower() not in TABLE_SUFFIXES:
        raise BadValueError(f"{out} is neither a .csv nor a .parquet file: give the table one of these endings")
    opened = say_left_out(open_data_set(data, dataset, "where_there", test_share=test_share))
    for record in without_text(opened):
        print(f"left out {record.image}: its name is not UTF-8, rename it", file=sys.stderr)
    print(f"wrote {write_table(out, opened):,} images of {opened.root} to {out}")
    return 0
