"""Run as a program: embeds IMAGES into OUT slowly, or indexes the table OUT into a third path, to be killed."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from retrieval.colour_model import colour_model

from ccreid.retrieval import embed_table as table
from ccreid.retrieval import embedding, indexing, milvus_store
from ccreid.retrieval.embed_table import embed_table
from ccreid.retrieval.listing import as_items, list_images
from ccreid.retrieval.store import open_store


def embed(images: Path, out: Path, pause: float) -> None:
    """Make the table a few images at a time, with a part for each."""
    embedding.BATCH, table._ROWS = 4, 1
    model = colour_model()
    made = model.embed

    def slow(*arguments: object, **options: object) -> object:
        time.sleep(pause)
        return made(*arguments, **options)  # type: ignore[arg-type]

    model.embed = slow  # type: ignore[method-assign, assignment]
    embed_table(as_items(list_images(images), False), out, model)


def index(out: Path, uri: str) -> None:
    """Send a few entries at a time."""
    indexing._LOOKED_UP = milvus_store._SENT = 4
    store = open_store(uri)
    indexing.index_table(out, store)
    store.close()


if __name__ == "__main__":
    images, out, *uri = sys.argv[1:]
    if uri:
        index(Path(out), uri[0])
    else:
        embed(Path(images), Path(out), 0.03)
