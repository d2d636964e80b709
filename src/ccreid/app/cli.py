"""The `ccreid` command: finds the subcommand, runs it, and turns a user's errors into one clear line."""

import functools
import importlib
import os
import re
import sys
import traceback
from collections.abc import Sequence
from typing import Final, NoReturn

from ccreid import __version__
from ccreid.app.arguments import CommandParser, Run
from ccreid.errors import CcreidError, nearest, refusals_explained
from ccreid.kept_memory import keep_freed_memory
from ccreid.memory_shortage import Place, shortage_explained

COMMANDS: Final = {
    "embed": "Make a table of the features of photos, by which people are found",
    "index": "Bring a table of features into Milvus, or remove people from a gallery for good",
    "search": "Find the people of photos in a gallery, or in a folder of photos",
    "compare": "Say whether two photos show one person, and which parts speak for it",
    "threshold": "Measure which similarity means the same person, on people who are known",
    "serve": "Serve a page on which people are found, and the same as a JSON API",
    "demo": "Render people, train the baseline and the method, and write one report",
    "render": "Render Wardrobe: people who change clothes, with exact part maps",
    "parse": "Parse images into maps of the six parts",
    "export": "Write a model as one file for ONNX Runtime or torch, or our human parser as ONNX",
    "push": "Put a model and its card on the Hugging Face hub",
    "sketch": "Draw images as contour sketches, which the contour recipes are trained on",
    "pack": "Resize a data set's images once, into one file that batches are sliced from",
    "convert": "Write any data set as a table of its images, to be edited",
    "check": "Find what is wrong or doubtful with a data set before it is trained on",
    "train": "Train and evaluate one recipe",
    "evaluate": "Evaluate a trained model across and within clothes",
    "adapt": "Fit a model to the cameras at hand, without any label",
    "ship": "Make one small file of a run's model, with its scores and thresholds in it",
    "models": "List the models that ship with ccreid, with their scores and thresholds",
    "reproduce": "Train and write one of the paper's tables, its figures on PRCC beside ours",
    "cues": "Measure which parts trained models look at, and from where they recognise people",
    "figure": "Draw the paper's figures: samples, erasing, cam, ranks",
    "bench": "Measure speed beside the peers, and write docs/performance.md",
    "recipes": "List the recipes, or show one's settings and the files that they come from",
    "info": "Show versions, extras, devices and folders",
}

PURPOSE: Final = """\
Cloth-changing person re-identification: train, evaluate and show models that find people again after
they changed clothes, with semantic-guided pixel sampling (Shu et al. 2021)."""

EXAMPLES: Final = """\
examples:
  ccreid search photo.jpg photos
  ccreid compare a.jpg b.jpg
  ccreid serve --uri features.parquet
  ccreid demo
  ccreid render data/wardrobe --preset 221 --workers 8
  ccreid parse data/prcc/rgb data/prcc/parts
  ccreid sketch data/wardrobe/rgb data/wardrobe/sketch
  ccreid pack data/prcc
  ccreid convert photos photos/images.csv
  ccreid check photos
  ccreid train pixel_sampling_mse --data.root data/prcc
  ccreid train baseline --data.root data/wardrobe --profile cpu --model.backbone resnet18
  ccreid reproduce table2 --data data/wardrobe --profile cpu
  ccreid evaluate runs/baseline/seed0/model.safetensors --data data/prcc
  ccreid cues runs/*/seed0/model.safetensors
  ccreid figure cam runs/*/seed0/model.safetensors --out cam.pdf

ccreid COMMAND --help explains a command and its settings."""


BUG: Final = """\
this is a bug in ccreid: please report it with the lines above and the output of `ccreid info`"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line.

    Args:
        arguments: Without the program's name; the process's own where None.

    Returns:
        The exit status: 0, 1 where a command failed, 130 after Ctrl-C.

    Raises:
        SystemExit: With status 2 for wrong arguments, and with 0 after --help and --version.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    program = _Program()
    if words in ([], ["help"]):
        program.print_help()
        return 0
    try:
        values = program.instantiate(program.parse_args(words))
        keep_freed_memory()
        with refusals_explained(), shortage_explained(_more_memory):
            return program.commands[values.command].run(**values[values.command].as_dict())
    except KeyboardInterrupt:
        return _fail("interrupted; what was finished is kept", 130)
    except CcreidError as error:
        return _fail(str(error), 1)
    except BrokenPipeError:  # who reads the output, such as `head`, has seen enough; Python would complain at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception:  # whatever it is, it is none of the user's
        traceback.print_exc()
        return _fail(BUG, 1)


class _Program(CommandParser):
    """The parser of the whole line."""

    def __init__(self) -> None:
        super().__init__(prog="ccreid", description=PURPOSE, epilog=EXAMPLES, usage="ccreid COMMAND ...")
        self.add_argument("-V", "--version", action="version", version=f"ccreid {__version__}", help="show the version")
        self.commands = {name: CommandParser(functools.partial(_configure, name)) for name in COMMANDS}
        added = self.add_subcommands(dest="command", metavar="COMMAND", title="commands", description=None)
        for name, parser in self.commands.items():
            added.add_subcommand(name, parser, help=COMMANDS[name])
            parser.prog = f"ccreid {name}"

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Print the error, of a command in its name, and leave with status 2."""
        if unknown := re.search(r"invalid choice: '(.*?)'", message):
            message = f"there is no command {unknown[1]!r}: {nearest(unknown[1], COMMANDS)}"
        if missing := re.match(r"the following arguments are required: (\w+)\.", message):
            self.commands[missing[1]].error(message.replace(f"{missing[1]}.", ""), ex)
        super().error(message, ex)


def _configure(name: str, parser: CommandParser) -> Run:
    """Give a parser the arguments of a command; only here is the command's module imported."""
    module = importlib.import_module(f"ccreid.app.commands.{name}")
    run: Run = module.configure(parser)
    return run


def _more_memory(place: Place) -> str:
    of_gpu = ", or give --device cpu where the command has it" if place == "gpu" else ""
    return f"end other programs that use it, or take a machine with more{of_gpu}"


def _fail(message: str, status: int) -> int:
    print(f"ccreid: error: {message}", file=sys.stderr)
    return status
