"""The `ccreid` command: finds the subcommand, runs it, and turns errors into one clear line."""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Final

from ccreid import __version__
from ccreid.errors import nearest
from ccreid.kept_memory import keep_freed_memory

COMMANDS: Final = {
    "demo": "Render people, train the baseline and the method, and write one report",
    "render": "Render Wardrobe: people who change clothes, with exact part maps",
    "parse": "Parse images into maps of the six parts",
    "sketch": "Draw images as contour sketches, which the contour recipes are trained on",
    "pack": "Resize a data set's images once, into one file that batches are sliced from",
    "train": "Train and evaluate one recipe",
    "evaluate": "Evaluate a trained model across and within clothes",
    "reproduce": "Train and write one of the paper's tables, its figures on PRCC beside ours",
    "cues": "Measure which parts trained models look at, and from where they recognise people",
    "figure": "Draw the paper's figures: samples, erasing, cam, ranks",
    "bench": "Measure speed beside the peers, and write docs/performance.md",
    "recipes": "List the recipes, one line each",
    "info": "Show versions, devices and folders",
}

EXAMPLES: Final = """\
examples:
  ccreid demo
  ccreid render data/wardrobe --preset 221 --workers 8
  ccreid parse data/prcc/rgb data/prcc/parts --parser tiny
  ccreid sketch data/wardrobe/rgb data/wardrobe/sketch
  ccreid pack data/prcc
  ccreid train pixel_sampling_mse --data.root data/prcc
  ccreid train baseline --data.root data/wardrobe --profile cpu --model.backbone resnet18
  ccreid reproduce table2 --data data/wardrobe --profile cpu
  ccreid evaluate runs/baseline/seed0/model.safetensors --data data/prcc
  ccreid cues runs/*/seed0/model.safetensors
  ccreid figure cam runs/*/seed0/model.safetensors --out cam.pdf

ccreid COMMAND --help explains a command and its settings."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line.

    Args:
        arguments: Without the program's name; the process's own where None.

    Returns:
        The exit status: 0, 1 where a command failed, 2 for wrong arguments, 130 after Ctrl-C.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in {"-h", "--help", "help"}:
        print(_overview())
        return 0
    if words[0] in {"-V", "--version"}:
        print(f"ccreid {__version__}")
        return 0
    name, rest = words[0], words[1:]
    if name not in COMMANDS:
        return _fail(f"there is no command {name!r}: {nearest(name, COMMANDS)}", 2)
    keep_freed_memory()
    try:
        # Only the command that runs is imported, so that help answers at once.
        return int(importlib.import_module(f"ccreid.app.commands.{name}").main(rest))
    except KeyboardInterrupt:
        return _fail("interrupted; what was finished is kept", 130)
    except (ValueError, OSError, ImportError) as error:
        if os.environ.get("CCREID_TRACEBACK"):
            raise
        return _fail(str(error), 1)


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {purpose}" for name, purpose in COMMANDS.items()]
    return "\n".join(
        [
            "usage: ccreid COMMAND ...",
            "",
            "Cloth-changing person re-identification: train, evaluate and show models that find people again after",
            "they changed clothes, with semantic-guided pixel sampling (Shu et al. 2021).",
            "",
            "commands:",
            *lines,
            "",
            EXAMPLES,
        ]
    )


def _fail(message: str, status: int) -> int:
    print(f"ccreid: error: {message}", file=sys.stderr)
    return status
