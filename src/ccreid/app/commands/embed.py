"""`ccreid embed IMAGES OUT.parquet`: the features of a folder of photos or a data set, as one table."""

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ccreid.app.arguments import CommandParser, Run
from ccreid.datasets.record import DataSetName

if TYPE_CHECKING:
    from ccreid.retrieval.embed_table import Engine

EXAMPLES = (
    "ccreid embed photos features.parquet",
    "ccreid embed data/market market.parquet --model model.safetensors --precision float32",
    "ccreid embed walks.csv walks.parquet --model model.safetensors --tracks mean",
    "RAY_ADDRESS=head:6379 ccreid embed photos features.parquet --model model.safetensors --engine ray",
)

# Images that are named; of more it says how many.
_NAMED = 10


def configure(parser: CommandParser) -> Run:
    """Give the command's arguments; return what it does."""
    return parser.add_function(embed, EXAMPLES)


def embed(
    images: Path,
    out: Path,
    model: Path | None = None,
    dataset: DataSetName = "auto",
    tracks: Literal["none", "mean"] = "none",
    precision: Literal["float16", "float32"] = "float16",
    device: str = "auto",
    engine: Literal["local", "ray"] = "local",
    workers: int | None = None,
) -> int:
    """Make the features of photos, by which people are found, a Parquet table with what is known of each.

    Given again, it keeps the features of files whose bytes are the same and takes out those whose files are gone;
    killed, it goes on where it was. Broken images are named and left out.

    Args:
        images: A folder of images, however deep, the folder of a data set, or a table of images.
        out: The table to write, .parquet.
        model: A run's folder or its model.safetensors.
        dataset: Which data set it is; auto for the one whose layout the folder has, if any.
        tracks: mean makes one feature of each track, of images that say which they are of.
        precision: Of the features in the table.
        device: auto, cpu, cuda, cuda:1, ...
        engine: local embeds in this process; ray on the cluster that RAY_ADDRESS names, or on this machine's cores.
        workers: Ray's workers, each with a model of its own; one for each core, or GPU, where it is left out.
    """
    from ccreid.app.search.chosen_model import chosen_model
    from ccreid.errors import BadValueError
    from ccreid.retrieval.embed_table import embed_table
    from ccreid.retrieval.feature_table import pyarrow
    from ccreid.retrieval.listing import as_items, list_images

    if out.suffix.lower() != ".parquet":
        raise BadValueError(
            f"the table {out} is to be a Parquet file: give a name such as {out.with_suffix('.parquet')}"
        )
    pyarrow("pyarrow.parquet")
    embedder = chosen_model(model, device)
    items = as_items(list_images(images, dataset), tracks == "mean")
    report = embed_table(items, out, embedder, precision, True, _engine(engine, workers, model, device))
    for skipped in [*report.broken, *report.copies][:_NAMED]:
        reason = skipped.reason if str(skipped.path) in skipped.reason else f"{skipped.path} is {skipped.reason}"
        print(reason, file=sys.stderr)
    more = len(report.broken) + len(report.copies) - _NAMED
    if more > 0:
        print(f"and {more} more", file=sys.stderr)
    print(report)
    return 0 if report.rows else 1


def _engine(name: str, workers: int | None, model: Path | None, device: str) -> "Engine":
    from ccreid.app.search.chosen_model import chosen_model
    from ccreid.errors import BadValueError
    from ccreid.retrieval.embedding import embed_items
    from ccreid.retrieval.ray_embedding import embed_items_on_ray

    if name == "ray":
        # Workers run in other folders.
        found = model.absolute() if model is not None and model.exists() else model
        build = functools.partial(chosen_model, found, device)
        return functools.partial(embed_items_on_ray, build=build, workers=workers, gpu=device != "cpu")
    if workers is not None:
        raise BadValueError(f"--workers {workers} is for --engine ray: leave it out, or add --engine ray")
    return embed_items
