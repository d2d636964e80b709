"""Measures how long a table of very many images takes to be opened as a data set, and in how much memory.

python benchmarks/large_table.py
python benchmarks/large_table.py --rows 20000 --out /tmp/large_table.json
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from ccreid.datasets.table import Table

OUT = Path(__file__).parents[1] / "docs" / "results" / "reliability" / "large_table.json"


def main() -> None:
    """Write empty files and a table of them, open it, and write what that took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="to write the files into, such as /dev/shm; temporary if left out")
    parser.add_argument("--out", type=Path, default=OUT, help="the JSON of docs/make_reliability.py")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        root = Path(folder)
        _write(root, arguments.rows)
        started = time.process_time()
        data = Table(root, "none")
        data.require_matches()
        seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    row = {
        "area": "bad data",
        "case": f"a table of {arguments.rows:,} rows, opened as a data set",
        "command": f"python benchmarks/large_table.py --rows {arguments.rows}",
        "outcome": f"{seconds:.0f} s of one core, {peak:.1f} GB at most, {len(data.records()):,} images",
        "lost": arguments.rows - len(data.records()),
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps([row], indent=2) + "\n", encoding="utf-8")
    print(row["outcome"])


def _write(root: Path, rows: int) -> None:
    with Path(root, "images.csv").open("w") as table:
        table.write("path,identity,camera,clothes,split\n")
        for number in range(rows):
            if number % 1000 == 0:
                folder = root / str(number)
                folder.mkdir()
            (folder / f"{number}.jpg").touch()
            split = "train" if number % 40 < 20 else "test"
            table.write(f"{folder.name}/{number}.jpg,person {number // 20},{number % 3},{number % 2},{split}\n")


if __name__ == "__main__":
    main()
