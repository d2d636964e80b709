"""Compares ranking with a program that computes the same by its definitions, on many small random cases.

python benchmarks/ranking_cases.py
python benchmarks/ranking_cases.py --cases 500 --out /tmp/numbers.json

The other program is tests/evaluation/plain_ranking.py: exact fractions, in plain Python, which shares no line with
`ccreid.evaluation`. A case draws how many queries and gallery images there are, features with ties or without, which
labels filter, which images have no feature, and in how many blocks the work is done.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs" / "results" / "reliability" / "numbers_cases.json"


def main() -> None:
    """Compare the cases, and write how many agree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=OUT, help="the JSON of docs/make_reliability.py")
    arguments = parser.parse_args()
    # Beside this script lies an evaluation.py, which would hide the tests' folder of that name.
    sys.path[:] = [str(ROOT / "tests"), *(folder for folder in sys.path if Path(folder) != ROOT / "benchmarks")]
    from evaluation.test_ranking import assert_agrees_with_plain_python

    rng = np.random.default_rng(arguments.seed)
    differing = []
    for number in range(arguments.cases):
        case = drawn(rng)
        try:
            assert_agrees_with_plain_python(**case)
        except AssertionError as error:
            differing.append(number)
            print(f"case {number} {case}: {error}", file=sys.stderr)
    agree = arguments.cases - len(differing)
    row = {
        "area": "numbers",
        "case": "ranking beside an independent program",
        "command": f"python benchmarks/ranking_cases.py --cases {arguments.cases} --seed {arguments.seed}",
        "outcome": f"{agree:,} of {arguments.cases:,} cases agree",
        "lost": len(differing),
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps([row], indent=2) + "\n", encoding="utf-8")
    print(row["outcome"])
    sys.exit(bool(differing))


def drawn(rng: np.random.Generator) -> dict[str, object]:
    """Return the arguments of a case."""
    return {
        "seed": int(rng.integers(2**31)),
        "levels": [None, 1, 2, 4][rng.integers(4)],
        "cameras": bool(rng.integers(2)),
        "clothes": bool(rng.integers(2)),
        "queries": int(rng.integers(1, 10)),
        "gallery": int(rng.integers(1, 20)),
        "block": [1, 60, 8_000_000][rng.integers(3)],
        "absent": bool(rng.integers(2)),
        "match_clothes": ["other", "same"][rng.integers(2)],
    }


if __name__ == "__main__":
    main()
