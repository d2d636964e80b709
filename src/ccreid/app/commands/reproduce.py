"""`ccreid reproduce TABLE`: a table of the paper, of the released code's departures or of additions, on your data."""

from pathlib import Path

from ccreid.app.arguments import CommandParser, Run
from ccreid.app.reproduce.paper_tables import TABLES, TableName
from ccreid.errors import BadValueError

EXAMPLES = (
    "ccreid reproduce table2 --data data/wardrobe-mini --profile cpu",
    "ccreid reproduce table3 --data data/prcc --seeds 3 --jobs 2",
    "ccreid reproduce departures --data data/wardrobe-mini --profile cpu --finished",
    "ccreid reproduce table1 --data data/wardrobe-mini --profile cpu --out docs/results --page docs/results.md",
)

NOTES = "tables, and how many seeds each has where --seeds does not say it:\n" + "".join(
    f"  {table.name:<10}  {table.title} ({table.seeds})\n" for table in TABLES.values()
)


def configure(parser: CommandParser) -> Run:
    """Give the command's arguments; return what it does."""
    return parser.add_function(reproduce, EXAMPLES, NOTES + "\n")


def reproduce(
    table: TableName,
    data: Path | None = None,
    profile: str | None = None,
    seeds: int | None = None,
    jobs: int = 1,
    runs: Path = Path("runs"),
    out: Path = Path("report"),
    page: Path | None = None,
    finished: bool = False,
) -> int:
    """Train a table's recipes, and write it as Markdown, JSON and HTML with the paper's figures on PRCC beside ours.

    Given again, it goes on where it stopped; runs that `ccreid train` finished in the same folders are taken as they
    are. A row that fails does not stop the others.

    Args:
        table: table1, table2, table3, table4, departures or best.
        data: Folder in PRCC's layout, with part maps.
        profile: Settings that go over each recipe's, such as cpu, or a YAML file of them.
        seeds: Trainings of each recipe, seeds from 0 on; with more than one, figures are mean ± standard deviation.
        jobs: Trainings that run side by side, each with its share of the cores.
        runs: Folder of the runs, RECIPE/seedN below it, shared by all tables.
        out: Folder of TABLE.json, TABLE.md and TABLE.html.
        page: Markdown file whose section between two comments, `<!-- ccreid reproduce TABLE -->` and
            `<!-- end of ccreid reproduce TABLE -->`, is filled as well.
        finished: Train nothing; write the table from the runs that are finished, the others as "not run".
    """
    if data is None:
        raise BadValueError("no data set was named: give --data FOLDER, in PRCC's layout")
    from ccreid.app.reproduce.reproduction import Reproduction, report, train_and_write, write_finished

    chosen = TABLES[table]
    wanted = Reproduction(chosen, data, profile, chosen.seeds if seeds is None else seeds, runs, out, page)
    return report(write_finished(wanted) if finished else train_and_write(wanted, jobs))
