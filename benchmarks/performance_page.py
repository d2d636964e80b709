"""Writes docs/performance.md from the JSON of the benchmark scripts; no figure in it is typed by hand.

python benchmarks/performance_page.py docs/results/performance docs/performance.md
"""

import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from measuring import FORMAT, OURS, Case

from ccreid.atomic_files import write_atomically

INTRODUCTION = """\
# Performance

Every figure here was measured; `ccreid bench --peers DIR` measures them again and writes this page, and
`ccreid bench NAME --peers DIR` one section of it. The peers' code runs from checkouts outside this repository;
benchmarks/peers.py says which and where. Where the remarks do not say otherwise, readings were taken in one run in
which ours and the others took turns, and figures are medians. Results were compared before times were, and a script
stops where they differ.

"x" is how many times better ours is than who the line names: a peer, a *bound* that was set, or another way that was
*tried*. For a *limit*, which no program could beat, it is the share of it that ours reaches. A target that is missed
says so, and below the table stands what holds it.
"""

NO_GPU = """\
## On a GPU

Not measured yet. `ccreid bench gpu --peers DIR` on a machine with a CUDA device measures training steps in float32 and
bfloat16, pixel sampling, extraction and distances with CUDA events, together with the device's rates of copying memory
and of multiplying matrices, and says what share of them each reaches. Neither was a whole run of PRCC's size trained on
a GPU yet.
"""


def main() -> None:
    folder, page = Path(sys.argv[1]), Path(sys.argv[2])
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    rows = [row for row in rows if row.get("format") == FORMAT]
    if not rows:
        raise SystemExit(f"{folder} holds no readings: run the benchmark scripts with --out {folder} first")
    order = Path(__file__).with_name("rows.txt").read_text(encoding="utf-8").split()
    rows.sort(key=lambda row: order.index(row["name"]) if row["name"] in order else len(order))
    sections = [INTRODUCTION, *map(section, rows)]
    if all(row["name"] != "gpu" for row in rows):
        sections.append(NO_GPU)
    text = "\n".join(sections)
    write_atomically(page, text)
    print(f"wrote {page}")


def section(row: dict[str, Any]) -> str:
    """Return one row as Markdown."""
    cases = [Case(**{field.name: case[field.name] for field in fields(Case)}) for case in row["cases"]]
    lines = [
        f"## {row['title']}",
        "",
        "| work | unit | who | median | runs | x | target |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for case in cases:
        for name, runs in case.readings.items():
            ratio = "" if name == OURS else f"{case.ratio(name):.2f}"
            target = f"{case.targets[name]:g}" if name in case.targets else ""
            if name in case.missed():
                target += ", missed"
            first = name == next(iter(case.readings))
            work = (case.work, case.unit) if first else ("", "")
            cells = (*work, name, figure(case.median(name)), str(len(runs)), ratio, target)
            lines.append(f"| {' | '.join(cells)} |")
    lines.append("")
    lines += [f"- {case.work}: {case.equality}." for case in cases if case.equality]
    lines += [f"- {case.work}: {case.missed_line()}." for case in cases if case.missed()]
    lines += [f"- {name[0].upper()}{name[1:]} grows as size^{power:.2f}." for name, power in row["exponents"].items()]
    lines += [f"- Not measured: {reason}." for reason in row["missing"]]
    if row["remarks"]:
        lines.append(f"- {row['remarks']}")
    versions = ", ".join(f"{name} {version}" for name, version in row["versions"].items())
    peers = "".join(f"; {name} at `{commit}`" for name, commit in row["peers"].items())
    commit = f"`{row['commit'][:12]}`{' with changes' if row['dirty'] else ''}" if row["commit"] else "no checkout"
    lines.append(
        f"- {row['date'][:10]}, {row['machine']}, load {row['load']:.1f}; {versions}; commit {commit}{peers}; "
        f"`{row['command']}`"
    )
    return "\n".join([*lines, ""])


def figure(value: float) -> str:
    """Return a figure with three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main()
