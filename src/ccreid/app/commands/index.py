"""`ccreid index FEATURES --uri URI`: a table of features into Milvus, and people out of a gallery for good."""

from pathlib import Path
from typing import Literal

from ccreid.app.arguments import CommandParser, Run
from ccreid.errors import BadValueError

PURPOSE = """\
Bring a table of features into a gallery in Milvus, or with --delete remove entries from any gallery for good.

Given again, it adds what is missing and replaces what has changed: an entry is known by its content. Features of
another model are refused. What is removed is looked for again afterwards."""

EXAMPLES = (
    "ccreid index features.parquet --uri gallery.db",
    "ccreid index features.parquet --uri http://localhost:19530 --token root:Milvus",
    "ccreid index --uri gallery.db --delete --identity alice",
    "ccreid index --uri features.parquet --delete --path photos/alice/1.jpg --path photos/bob/2.jpg",
)

NOTES = """\
indexes:
  flat      compares every entry, exactly; auto takes it up to 200,000 entries
  hnsw      a graph of neighbours, M 32, efConstruction 200, searched with ef 256; up to 20 million
  ivf_flat  4 * sqrt(entries) clusters, of which a search looks at one in 64; above
The metric is the inner product of features of length 1, the cosine similarity.

"""


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    parser.describe(PURPOSE, EXAMPLES, NOTES)
    parser.add_argument("features", metavar="FEATURES", nargs="?", type=Path, help="table that `ccreid embed` wrote")
    parser.add_argument(
        "--uri", type=str, required=True, help="gallery.db (Milvus Lite), http://host:19530, or with --delete a table"
    )
    parser.add_argument("--token", type=str, default="", help="of a server, such as user:password")
    parser.add_argument("--collection", type=str, default="people", help="its name in Milvus")
    parser.add_argument("--index", type=Literal["auto", "flat", "hnsw", "ivf_flat"], default="auto", help="see below")
    parser.add_argument("--delete", action="store_true", help="remove what the next three say, all of them together")
    parser.add_argument("--identity", action="append", type=str, help="of this person; may be given several times")
    parser.add_argument("--path", action="append", type=str, help="of this file; may be given several times")
    parser.add_argument("--camera", action="append", type=str, help="of this camera; may be given several times")
    return _index


def _index(
    features: Path | None,
    uri: str,
    token: str,
    collection: str,
    index: str,
    delete: bool,
    identity: list[str] | None,
    path: list[str] | None,
    camera: list[str] | None,
) -> int:
    from ccreid.retrieval.filters import filters_of
    from ccreid.retrieval.indexing import index_table, remove
    from ccreid.retrieval.store import open_store

    chosen = filters_of(tuple(camera or ()), identities=tuple(identity or ()), paths=tuple(path or ()))
    if not delete:
        if features is None:
            raise BadValueError("there is nothing to index: give FEATURES.parquet, which `ccreid embed` writes")
        if chosen:
            raise BadValueError("--identity, --path and --camera say what to remove: add --delete, or leave them out")
        print(index_table(features, open_store(uri, token, collection, index), progress=True))
        return 0
    if features is not None:
        raise BadValueError(f"--delete removes from --uri {uri}, and {features} has no part in it: leave it out")
    gone = remove(open_store(uri, token, collection), chosen)
    if not gone:
        print(f"nothing in {uri} is of these: nothing was removed")
        return 1
    print(
        f"removed {len(gone)} entries from {uri}, and looked for them again: none is found; the files themselves stay"
    )
    return 0
