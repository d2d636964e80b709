"""Writes the tables of docs/reliability.md from docs/results/reliability/*.json, which tests and scripts write.

python docs/make_reliability.py

Each file is a list of objects with area, case, command, outcome and lost. What stands in the page outside of the two
marks is text.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent
BEGIN: Final = "<!-- tables: python docs/make_reliability.py -->"
END: Final = "<!-- end of the tables -->"


def main() -> None:
    """Fill the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=FOLDER / "results" / "reliability", help="folder of the JSON")
    parser.add_argument("--page", type=Path, default=FOLDER / "reliability.md")
    arguments = parser.parse_args()
    rows = [row for path in sorted(arguments.results.glob("*.json")) for row in json.loads(path.read_text("utf-8"))]
    before, _, rest = arguments.page.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    arguments.page.write_text(f"{before}{BEGIN}\n\n{tables(rows)}\n{END}{after}", "utf-8")
    print(f"{len(rows)} cases, {sum(row['lost'] for row in rows)} lost, in {arguments.page}")


def tables(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a summary of the areas, and a table of each, as Markdown.

    Args:
        rows: With area, case, command, outcome and lost.
    """
    areas: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        areas.setdefault(row["area"], []).append(row)
    lines = ["| area | cases | lost |", "| --- | ---: | ---: |"]
    for area, cases in sorted(areas.items()):
        lines.append(f"| {area} | {len(cases)} | {sum(row['lost'] for row in cases)} |")
    for area, cases in sorted(areas.items()):
        lines += [
            "",
            f"### {area.capitalize()}",
            "",
            "| case | outcome | lost | shown by |",
            "| --- | --- | ---: | --- |",
        ]
        for row in sorted(cases, key=lambda row: str(row["case"])):
            shown = row["command"].replace("pytest tests/", "tests/").replace(" tests/", "`, `tests/")
            lines.append(f"| {_cell(row['case'])} | {_cell(row['outcome'])} | {row['lost']} | `{shown}` |")
    return "\n".join(lines) + "\n"


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    main()
