"""`ccreid bench [NAME]`: measures the speed rows, and writes docs/performance.md from what was measured."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import ccreid
from ccreid.app.arguments import CommandParser, Run
from ccreid.errors import BadValueError, MissingFileError, nearest

PURPOSE = """\
Measure the speed of each piece of work beside its peers' and write the readings as JSON and as a page.

The rows run one after the other, each in a process of its own. Peers are measured where --peers names a folder with
their checkouts; benchmarks/peers.py says how they are laid out. All rows take about an hour on two idle cores."""

EXAMPLES = (
    "ccreid bench --peers ../peers",
    "ccreid bench evaluation",
    "ccreid bench evaluation --peers ../peers --out /tmp/readings",
    "ccreid bench --quick --out /tmp/readings",
)

REPOSITORY: Final = Path(ccreid.__file__).parents[2]
"""The checkout, where the package runs from one."""

SCRIPTS: Final = REPOSITORY / "benchmarks"


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    parser.describe(PURPOSE, EXAMPLES)
    rows = ", ".join(_rows()) or "those of a checkout of ccreid's source"
    parser.add_argument("name", metavar="NAME", nargs="?", type=str, help=f"one of {rows}; all if left out")
    parser.add_argument("--peers", type=Path | None, help="folder with the peers' checkouts")
    parser.add_argument("--out", type=Path | None, help="folder of the JSON (default: docs/results/performance)")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that the rows run; needs --out")
    return _bench


def _bench(name: str | None, peers: Path | None, out: Path | None, quick: bool) -> int:
    rows = _rows()
    if not rows:
        raise MissingFileError(
            f"this ccreid, in {Path(ccreid.__file__).parent}, is installed without the benchmarks: run `ccreid bench` "
            "from a checkout of its source, where `make install` makes the environment"
        )
    if name is not None and name not in rows:
        raise BadValueError(f"there is no row {name!r}: {nearest(name, rows)}")
    if quick and out is None:
        raise BadValueError("--quick gives no figures to keep: name a folder for them with --out")
    folder = out or REPOSITORY / "docs" / "results" / "performance"
    folder.mkdir(parents=True, exist_ok=True)  # a row that took minutes is not to find that it has no place
    options = ["--out", str(folder), *(["--peers", str(peers)] if peers is not None else [])]
    options += ["--quick"] if quick else []
    failed = [row for row in (rows if name is None else (name,)) if not _run(SCRIPTS / f"{row}.py", options)]
    page = REPOSITORY / "docs" / "performance.md" if out is None else folder / "performance.md"
    if any(folder.glob("*.json")):
        _run(SCRIPTS / "performance_page.py", [str(folder), str(page)])
    if failed:
        print(f"not measured: {', '.join(failed)}; their own lines above say why", file=sys.stderr)
    return 1 if failed else 0


def _rows() -> list[str]:
    """Return the names of the rows' scripts, in the order in which they run; none where there is no checkout."""
    listed = SCRIPTS / "rows.txt"
    return listed.read_text(encoding="utf-8").split() if listed.is_file() else []


def _run(script: Path, options: Sequence[str]) -> bool:
    """Run a script in a process of its own, with this checkout's package; return whether it went well."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(script.parents[1] / "src"), str(script.parent)])}
    return subprocess.run([sys.executable, str(script), *options], env=environment, check=False).returncode == 0
