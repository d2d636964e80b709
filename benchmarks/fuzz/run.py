"""Fuzzes the readers of outside data, led by which lines they run, and writes what came out.

make fuzz
python benchmarks/fuzz/run.py table pack --seconds 60 --out /tmp/fuzz.json

Each target of targets.py runs in a process of its own under atheris, from the files of its corpus on. A file that
breaks a reader is kept in the corpus as found_DIGEST, where the tests try it from then on.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent
OUT = FOLDER.parents[1] / "docs" / "results" / "reliability" / "fuzz.json"

_ONE = "--one"

# Bytes of a file that is tried: the readers' formats are all there in less.
_LONGEST = 8192


def main() -> None:
    """Fuzz the targets that are named, or all."""
    if sys.argv[1:2] == [_ONE]:  # a process that was started below
        _fuzz(sys.argv[2], sys.argv[3:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", help="names of targets; all if left out")
    parser.add_argument("--seconds", type=int, default=600, help="for each target")
    parser.add_argument("--out", type=Path, default=OUT, help="the JSON of docs/make_reliability.py")
    parser.add_argument("--seeds", action="store_true", help="write the corpus's files as they should be, and stop")
    arguments = parser.parse_args()
    from targets import CORPUS, TARGETS, seeds

    if arguments.seeds:
        for target, files in seeds().items():
            for name, data in files.items():
                path = CORPUS / target / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        return
    rows = {row["case"]: row for row in json.loads(arguments.out.read_text())} if arguments.out.is_file() else {}
    for name in arguments.targets or TARGETS:
        rows[name] = _row(name, arguments.seconds)
        arguments.out.write_text(json.dumps([rows[case] for case in sorted(rows)], indent=2) + "\n")
        print(f"{name}: {rows[name]['outcome']}", flush=True)


def _row(name: str, seconds: int) -> dict[str, object]:
    """Fuzz one target and return its line of the table."""
    found = FOLDER / "corpus" / name
    with tempfile.TemporaryDirectory() as grown, tempfile.TemporaryDirectory() as broken:
        command = [sys.executable, __file__, _ONE, name, f"-max_total_time={seconds}", f"-max_len={_LONGEST}"]
        command += ["-timeout=20", "-rss_limit_mb=6000", f"-artifact_prefix={broken}/", "-print_final_stats=1"]
        done = subprocess.run(
            [*command, grown, str(found)], capture_output=True, text=True, errors="replace", check=False
        )
        files = list(Path(broken).iterdir())
        for file in files:
            shutil.copyfile(file, found / f"found_{file.name[-12:]}")
        kept = len(list(Path(grown).iterdir()))
    ran = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr) or re.search(
        r"Done (\d+) runs", done.stderr
    )
    took = re.search(r"Done \d+ runs in (\d+) second", done.stderr)
    if not ran:
        sys.exit(done.stderr)
    if files:
        print(done.stderr[-3000:], file=sys.stderr)
    mended = sum(path.name.startswith("found_") for path in found.iterdir()) - len(files)
    executions, time = int(ran[1]), int(took[1]) if took else None
    span = f"in {time} s" if time is not None else "until it broke"
    return {
        "area": "fuzzing",
        "case": name,
        "command": f"python benchmarks/fuzz/run.py {name} --seconds {seconds}",
        "outcome": f"{executions:,} executions {span}, {len(files)} unexpected errors; {kept} files that reach other "
        f"lines; {mended} that once broke it are tried with the tests",
        "lost": len(files),
        "executions": executions,
        "seconds": time,
        "findings_mended": mended,
    }


def _fuzz(name: str, options: list[str]) -> None:
    import atheris

    # What reads the files is watched: our own code and those libraries that are written in Python.
    with atheris.instrument_imports(include=["ccreid", "PIL", "yaml", "csv", "json", "numpy.lib"]):
        from targets import TARGETS
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
