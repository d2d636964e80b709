"""`ccreid compare A B`: how alike two photos are, whether they show one person, and which parts speak for it."""

from json import dumps
from pathlib import Path

from ccreid.app.arguments import CommandParser, Run

PURPOSE = """\
Say how similar two photos are, whether they show one person at a false-match rate, and which of the six parts speak for
it.

What a part adds is the similarity less that with the part painted grey in one of the photos. The parts are found by the
parser that ships with ccreid."""

EXAMPLES = (
    "ccreid compare a.jpg b.jpg --model small.safetensors",
    "ccreid compare a.jpg b.jpg --model small.safetensors --fmr 0.001 --picture parts.png",
    "ccreid compare a.jpg b.jpg --html compared.html",
)

# What is decided at where nobody says another, of a model that is calibrated.
_RATE = 0.01


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    parser.describe(PURPOSE, EXAMPLES)
    parser.add_argument("one", metavar="A", type=Path, help="a photo")
    parser.add_argument("other", metavar="B", type=Path, help="another")
    parser.add_argument("--model", type=Path | None, help="a run, its model.safetensors or a shipped model")
    parser.add_argument(
        "--fmr", type=float | None, help=f"false-match rate of the decision; {_RATE} where the model is calibrated"
    )
    parser.add_argument("--picture", type=Path | None, help="also draw the parts, .png, .jpg, .pdf or .svg")
    parser.add_argument("--html", type=Path | None, help="also write a page with the picture and the table, one file")
    parser.add_argument("--json", action="store_true", help="print as JSON instead of a table")
    parser.add_argument("--device", type=str, default="auto", help="auto, cpu, cuda, cuda:1, ...")
    return _compare


def _compare(
    one: Path,
    other: Path,
    model: Path | None,
    fmr: float | None,
    picture: Path | None,
    html: Path | None,
    json: bool,
    device: str,
) -> int:
    from ccreid.app.comparison import Comparison, comparison_tree, print_comparison, write_page
    from ccreid.app.search.chosen_model import chosen_model
    from ccreid.atomic_files import check_writable
    from ccreid.errors import MissingFileError
    from ccreid.explain.compared_parts import compare_parts
    from ccreid.figures.comparison import comparison_figure
    from ccreid.figures.drawing import check_picture_path, save_picture

    for photo in (one, other):
        if not photo.is_file():
            raise MissingFileError(f"there is no photo {photo}: check the path")
    if picture is not None:
        check_picture_path(picture)
    for path in (picture, html):
        if path is not None:
            check_writable(path)
    embedder = chosen_model(model, device)
    decided = fmr is not None or embedder.calibration is not None
    decision = embedder.same_person(one, other, _RATE if fmr is None else fmr) if decided else None
    compared = compare_parts(embedder, one, other)
    comparison = Comparison((one, other), embedder, compared, decision)
    if picture is not None:
        save_picture(comparison_figure(compared), picture)
    if html is not None:
        write_page(comparison, html)
    if json:
        print(dumps(comparison_tree(comparison), indent=2))
        return 0
    print_comparison(comparison)
    for path in (picture, html):
        if path is not None:
            print(f"wrote {path}")
    return 0
