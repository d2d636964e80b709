"""`ccreid models`: the models that ship with ccreid, with their scores and thresholds."""

from json import dumps
from pathlib import Path

from ccreid.app.arguments import CommandParser, Run

PURPOSE = """\
List the models that ship with ccreid, or say of other models' files what they say of themselves: recipe, scores with
data set and seeds, and thresholds of the similarity at false-match rates."""

EXAMPLES = (
    "ccreid models",
    "ccreid models ccreid-small --json",
    "ccreid models runs/baseline/seed0 small.safetensors",
)


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    parser.describe(PURPOSE, EXAMPLES)
    parser.add_argument(
        "models",
        metavar="MODEL",
        nargs="*",
        type=Path,
        default=[],
        help="names, files or runs; those that ship if none",
    )
    parser.add_argument("--json", action="store_true", help="print as JSON instead of tables")
    return _models


def _models(models: list[Path], json: bool) -> int:
    from ccreid.app.model_tables import models_tree, print_models
    from ccreid.models.checkpoint import read_about
    from ccreid.models.shipped import model_file, shipped_folder, shipped_models

    files = {str(name): model_file(name) for name in models} if models else shipped_models()
    found = {name: (path, read_about(path)) for name, path in files.items()}
    if json:
        print(dumps(models_tree(found), indent=2))
    elif found:
        print_models(found)
    else:
        print(f"no model ships with this installation ({shipped_folder()} holds none): train one with `ccreid train`")
    return 0
