"""`ccreid search PHOTO... [FOLDER]`: where else a person is, whatever they wore."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from ccreid.app.arguments import CommandParser, Run

if TYPE_CHECKING:
    from ccreid.models.reid_model import ReIDModel

PURPOSE = """\
Find the people of photos in a gallery: a table of features, Milvus Lite, a Milvus server, or a folder of photos.

A folder's features are made first, as far as they are not there, and kept in a hidden table inside it. A photo does not
find itself. Similarities are cosines, 1 for the same; which one means the same person depends on the model, and --fmr
takes it from the model's calibration."""

EXAMPLES = (
    "ccreid search photo.jpg photos --model runs/baseline/seed0",
    "ccreid search photo.jpg photos --html found.html",
    "ccreid search photo.jpg photos --other-clothes",
    "ccreid search photo.jpg photos --model small.safetensors --fmr 0.001",
    "ccreid search photo.jpg --uri features.parquet --top 20 --rerank",
    "ccreid search a.jpg b.jpg --as-one --uri gallery.db --camera north --since 2026-05-01",
)


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    parser.describe(PURPOSE, EXAMPLES)
    parser.add_argument(
        "photos",
        metavar="PHOTO",
        nargs="+",
        type=Path,
        help="who is looked for; without --uri, the last is the folder to search",
    )
    parser.add_argument("--uri", type=str | None, help="features.parquet, gallery.db or http://host:19530")
    parser.add_argument("--model", type=Path | None, help="a run, its model.safetensors or a shipped model")
    parser.add_argument("--top", type=int, default=10, help="entries to find for each photo")
    parser.add_argument("--camera", action="append", type=str, help="of this camera alone; may be given several times")
    parser.add_argument("--since", type=str | None, help="taken then or later, such as 2026-05-01 or 2026-05-01T18:30")
    parser.add_argument("--until", type=str | None, help="taken then or before; entries of unknown time do not pass")
    parser.add_argument("--as-one", action="store_true", help="the photos are of one person, and one query")
    parser.add_argument(
        "--other-clothes", action="store_true", help="look for the person in other clothes: what is worn does not count"
    )
    parser.add_argument("--rerank", action="store_true", help="re-rank the first 100 by k-reciprocal neighbours")
    parser.add_argument(
        "--min-similarity", type=float | None, help="mark what is less similar; it is shown all the same"
    )
    parser.add_argument(
        "--fmr", type=float | None, help="the same at the model's threshold of this false-match rate, such as 0.01"
    )
    parser.add_argument(
        "--thresholds", type=Path | None, help="for --fmr: the thresholds.json of `ccreid threshold`, not the model's"
    )
    parser.add_argument("--json", action="store_true", help="print as JSON instead of a table")
    parser.add_argument("--html", type=Path | None, help="also write a page with pictures, one file")
    parser.add_argument("--token", type=str, default="", help="of a server, such as user:password")
    parser.add_argument("--collection", type=str, default="people", help="its name in Milvus")
    parser.add_argument("--device", type=str, default="auto", help="auto, cpu, cuda, cuda:1, ...")
    return functools.partial(_search, parser)


def _search(
    parser: CommandParser,
    photos: list[Path],
    uri: str | None,
    model: Path | None,
    top: int,
    camera: list[str] | None,
    since: str | None,
    until: str | None,
    as_one: bool,
    other_clothes: bool,
    rerank: bool,
    min_similarity: float | None,
    fmr: float | None,
    thresholds: Path | None,
    json: bool,
    html: Path | None,
    token: str,
    collection: str,
    device: str,
) -> int:
    if min_similarity is not None and fmr is not None:
        parser.error("--fmr takes the least similarity from the model: leave it or --min-similarity out")
    if thresholds is not None and fmr is None:
        parser.error(
            "--thresholds has a threshold for each of some false-match rates: say which by --fmr, such as 0.01"
        )
    if other_clothes and fmr is not None and thresholds is None:
        parser.error(
            "the model's thresholds are of clothes and all: leave --fmr or --other-clothes out, or give --thresholds "
            "that `ccreid threshold --other-clothes` measured"
        )
    from ccreid.app.search import lists
    from ccreid.app.search.chosen_model import chosen_model
    from ccreid.app.search.folder_gallery import folder_gallery, split_words
    from ccreid.app.search.page import write_page
    from ccreid.atomic_files import check_writable
    from ccreid.evaluation.reranking import Reranking
    from ccreid.retrieval import find
    from ccreid.retrieval.embedding import query_features
    from ccreid.retrieval.feature_mark import mark_of, require_same_model
    from ccreid.retrieval.filters import filters_of
    from ccreid.retrieval.other_clothes import without_clothes
    from ccreid.retrieval.store import open_store

    photos, folder = split_words(photos, uri)
    filters = filters_of(tuple(camera or ()), since, until)
    if html is not None:
        check_writable(html)
    embedder = chosen_model(model, device)
    least = min_similarity
    if fmr is not None:
        least = embedder.threshold(fmr) if thresholds is None else _measured(thresholds, embedder, fmr, other_clothes)
    queries, ids = query_features(photos, embedder)
    queries = without_clothes(queries, embedder, photos) if other_clothes else queries
    store = open_store(folder_gallery(folder, embedder) if folder is not None else str(uri), token, collection)
    there = store.mark()
    if there is not None:
        require_same_model(there, mark_of(embedder), store.uri)
    groups = [photos] if as_one else [[photo] for photo in photos]
    own = [set(ids)] if as_one else [{id} for id in ids]
    queries = find.as_one(queries) if as_one else queries
    found = find.find(store, queries, top, filters, own, Reranking() if rerank else None)
    searched = lists.Searched(store.uri, embedder, store.count(), groups, found, least, fmr)
    if json:
        print(lists.search_json(searched))
    else:
        lists.print_lists(searched)
    if html is not None:
        write_page(searched, html)
        if not json:
            print(f"a page with pictures is in {html}")
    return 0


def _measured(path: Path, embedder: "ReIDModel", fmr: float, other_clothes: bool) -> float:
    """Return the threshold that was measured at a rate, for this way of asking."""
    from ccreid.app.threshold_files import read_thresholds
    from ccreid.errors import BadValueError

    found = read_thresholds(path, embedder)
    if found.other_clothes != other_clothes:
        how = "with" if found.other_clothes else "without"
        raise BadValueError(f"{path} was measured {how} --other-clothes: search so, or measure thresholds of this way")
    return found.calibration.at(fmr).similarity.value
