"""`ccreid bench [NAME]`: measures the speed rows, and writes docs/performance.md from what was measured."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ccreid.app.arguments import command_parser
from ccreid.errors import BadValueError, MissingFileError, nearest

EXAMPLES = (
    "ccreid bench --peers ../peers",
    "ccreid bench evaluation",
    "ccreid bench evaluation --peers ../peers --out /tmp/readings",
    "ccreid bench --quick --out /tmp/readings",
)

ROWS: Final = (
    "pixel_sampling",
    "input_pipeline",
    "training_step",
    "evaluation",
    "reranking",
    "extraction",
    "rendering",
    "parsing",
    "growth",
    "gpu",
)
"""Scripts of benchmarks/, in the order in which they run."""


def main(arguments: Sequence[str]) -> int:
    """Measure the speed of each piece of work beside its peers' and write the readings as JSON and as a page.

    The rows run one after the other, each in a process of its own. Peers are measured where --peers names a folder with
    their checkouts; benchmarks/peers.py says how they are laid out. All rows take about 20 minutes on two idle cores.
    """
    parser = command_parser("bench", " ".join((main.__doc__ or "").split()), EXAMPLES)
    parser.add_argument("name", metavar="NAME", nargs="?", type=str, help=f"one of {', '.join(ROWS)}; all if left out")
    parser.add_argument("--peers", type=Path | None, help="folder with the peers' checkouts")
    parser.add_argument("--out", type=Path | None, help="folder of the JSON (default: docs/results/performance)")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that the rows run; needs --out")
    values = parser.parse_args(list(arguments))
    return _bench(values.name, values.peers, values.out, quick=values.quick)


def _bench(name: str | None, peers: Path | None, out: Path | None, *, quick: bool) -> int:
    repository = Path(__file__).parents[4]
    scripts = repository / "benchmarks"
    if not (scripts / "measuring.py").is_file():
        raise MissingFileError("the benchmarks are part of the source checkout: clone it and run this command there")
    if name is not None and name not in ROWS:
        raise BadValueError(f"there is no row {name!r}: {nearest(name, ROWS)}")
    if quick and out is None:
        raise BadValueError("--quick gives no figures to keep: name a folder for them with --out")
    folder = out or repository / "docs" / "results" / "performance"
    options = ["--out", str(folder), *(["--peers", str(peers)] if peers is not None else [])]
    options += ["--quick"] if quick else []
    failed = [row for row in (ROWS if name is None else (name,)) if not _run(scripts / f"{row}.py", options)]
    page = repository / "docs" / "performance.md" if out is None else folder / "performance.md"
    if any(folder.glob("*.json")):
        _run(scripts / "page.py", [str(folder), str(page)])
    if failed:
        print(f"not measured: {', '.join(failed)}; their own lines above say why", file=sys.stderr)
    return 1 if failed else 0


def _run(script: Path, options: Sequence[str]) -> bool:
    """Run a script in a process of its own, with this checkout's package; return whether it went well."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(script.parents[1] / "src"), str(script.parent)])}
    return subprocess.run([sys.executable, str(script), *options], env=environment, check=False).returncode == 0
