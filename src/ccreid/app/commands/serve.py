"""`ccreid serve --uri URI --model NAME`: a page on which people are found, and the same as a JSON API."""

import importlib
from pathlib import Path

from ccreid.app.arguments import CommandParser, Run
from ccreid.errors import BadValueError, MissingExtraError, MissingFileError

PURPOSE = """\
Serve a page: drop a photo, or choose a person of the gallery, and see where else the person is, whatever they wore."""

EXAMPLES = (
    "ccreid serve --uri features.parquet",
    "ccreid serve --uri gallery.db --port 8000",
    "ccreid serve --uri http://host:19530 --token root:Milvus --model runs/baseline/seed0",
)

NOTES = """\
The page is for this machine alone unless --host says otherwise, and there is no password: whoever reaches it sees the
gallery. Photos that are sent are kept nowhere; nothing is loaded from or reported to other servers. /api describes the
JSON API.

"""


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    parser.describe(PURPOSE, EXAMPLES, NOTES)
    parser.add_argument("--uri", type=str, required=True, help="features.parquet, gallery.db or http://host:19530")
    parser.add_argument("--model", type=Path | None, help="a run's folder or its model.safetensors")
    parser.add_argument(
        "--thresholds",
        nargs="+",
        type=Path,
        help="thresholds.json of `ccreid threshold`, not the model's; one with and one without --other-clothes",
    )
    parser.add_argument("--host", type=str, default="127.0.0.1", help="to serve at; 0.0.0.0 for all addresses")
    parser.add_argument(
        "--name", action="append", type=str, help="it may be called by, such as a proxy's; several times"
    )
    parser.add_argument("--port", type=int, default=7860, help="to serve at; 0 for any that is free")
    parser.add_argument("--token", type=str, default="", help="of a Milvus server, such as user:password")
    parser.add_argument("--collection", type=str, default="people", help="its name in Milvus")
    parser.add_argument("--device", type=str, default="auto", help="auto, cpu, cuda, cuda:1, ...")
    return _serve


def _serve(
    uri: str,
    model: Path | None,
    thresholds: list[Path] | None,
    host: str,
    name: list[str] | None,
    port: int,
    token: str,
    collection: str,
    device: str,
) -> int:
    _require_extra()
    from ccreid.app.search.chosen_model import chosen_model
    from ccreid.app.serve.application import web_application
    from ccreid.app.serve.finder import FMR, Finder
    from ccreid.app.serve.guard import known_names
    from ccreid.app.serve.server import serve
    from ccreid.app.threshold_files import read_thresholds
    from ccreid.parsing.known_parsers import build_parser
    from ccreid.retrieval.store import open_store

    embedder = chosen_model(model, device)
    store = open_store(uri, token, collection)
    if store.mark() is None:
        raise MissingFileError(
            f"there is no gallery {uri}: make it with `ccreid embed PHOTOS features.parquet`, in Milvus with "
            "`ccreid index features.parquet --uri URI`"
        )
    same_from = {}
    for path in thresholds or ():
        measured = read_thresholds(path, embedder)
        if FMR not in (one.fmr for one in measured.calibration.thresholds):
            raise BadValueError(
                f"{path} has no threshold at a false-match rate of {FMR}, at which the page marks: measure it by "
                f"`ccreid threshold --fmr {FMR}`, on 100 pairs of different people or more"
            )
        same_from[measured.other_clothes] = measured.calibration.at(FMR).similarity.value
    finder = Finder(store, embedder, build_parser("lite", None, device), same_from)
    serve(web_application(finder, known_names(host) | set(name or ())), host, port)
    return 0


def _require_extra() -> None:
    for package in ("fastapi", "uvicorn", "python_multipart"):
        try:
            importlib.import_module(package)
        except ImportError as error:
            raise MissingExtraError(
                f"the page is served by {package}, which is not installed: pip install 'ccreid[web]'"
            ) from error
