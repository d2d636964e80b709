"""What is fuzzed: each reader of files that others wrote, as a function of a file's bytes.

A target returns whatever the bytes are; what it raises is a fault of the reader. Readers may refuse a file by a
`CcreidError`, and by nothing else.
"""

import contextlib
import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from unittest import mock

import numpy as np
import pyarrow
import torch
from PIL import Image
from pyarrow import parquet
from safetensors.torch import save as safetensors_bytes
from torch import nn

from ccreid.datasets.decoding import decode_image
from ccreid.datasets.images import read_image
from ccreid.datasets.pack import Pack, write_pack
from ccreid.datasets.part_maps import encode_parts, read_parts, read_png_text
from ccreid.datasets.record import ImageRecord
from ccreid.datasets.table import Table
from ccreid.datasets.table_file import read_table
from ccreid.errors import CcreidError, refusals_explained
from ccreid.models import checkpoint
from ccreid.parsing.merge_file import label_parts, read_merge_file
from ccreid.retrieval.feature_table import count_rows, read_entries, read_rows
from ccreid.training.recipe_file import resolved_settings
from ccreid.weight_files import read_state_dict

CORPUS: Final = Path(__file__).parent / "corpus"
"""A folder for each target: `seed_*` are files as they should be, `found_*` those that once broke a reader."""

Target = Callable[[bytes], None]

_FOLDER: Final = tempfile.TemporaryDirectory(prefix="ccreid-fuzz-")  # goes with the process


def image(data: bytes) -> None:
    """Decode an image at its size and smaller."""
    path = _written("a.jpg", data)
    with _refusals(), mock.patch.object(Image, "MAX_IMAGE_PIXELS", 250_000):  # large ones only take time
        decode_image(path, data)
    with _refusals(), mock.patch.object(Image, "MAX_IMAGE_PIXELS", 250_000):
        read_image(path, 16, 8)


def part_map(data: bytes) -> None:
    """Read a part map, as a PNG with its text and as a soft mask."""
    path = _written("a.png", data)
    with _refusals(), mock.patch.object(Image, "MAX_IMAGE_PIXELS", 250_000):
        read_parts(path)
    with _refusals(), mock.patch.object(Image, "MAX_IMAGE_PIXELS", 250_000):
        read_png_text(path)
    with _refusals():
        read_parts(_written("a.npy", data))


def recipe(data: bytes) -> None:
    """Read a recipe, and the same file as a merge of labels."""
    path = _written("mine.yaml", data)
    with _refusals():
        resolved_settings(path)
    with _refusals():
        label_parts(path, read_merge_file(path))


def model(data: bytes) -> None:
    """Read a model's file, what it says of itself, and weights from a safetensors and a torch file."""
    path = _written("model.safetensors", data)
    with _refusals():
        checkpoint.read_about(path)
    # A network of one layer: what is built for a recipe that is all right takes a second.
    with _refusals(), mock.patch.object(checkpoint, "build_model", lambda *_, **__: nn.Linear(2, 3)):
        checkpoint.load_checkpoint(path)
    with _refusals():
        read_state_dict(path)
    with _refusals():
        read_state_dict(_written("model.pth", data))


def table(data: bytes) -> None:
    """Read a table of images as CSV, and open it as a data set."""
    path = _written("images.csv", data)
    _written("a.jpg", b"")
    with _refusals():
        list(read_table(path))
    with _refusals():
        Table(path, "where_there")


def parquet_file(data: bytes) -> None:
    """Read Parquet as a table of images and as one of features."""
    path = _written("images.parquet", data)
    with _refusals():
        list(read_table(path))
    with _refusals():
        count_rows(path)
        list(read_entries(path))
    with _refusals():
        list(read_rows(path))


def pack(data: bytes) -> None:
    """Open a pack, and read what it says that it holds."""
    path = _written("a.pack", data)
    with _refusals():
        opened = Pack(path, path.parent)
        opened.holds_sketches()
        record = ImageRecord.of_file(path.parent / "a.jpg")
        opened.holds([record])
        opened.read(range(min(len(opened), 4)))


TARGETS: Final[dict[str, Target]] = {
    "image": image,
    "part_map": part_map,
    "recipe": recipe,
    "model": model,
    "table": table,
    "parquet": parquet_file,
    "pack": pack,
}
"""By the names of their folders in the corpus."""


def corpus(name: str) -> dict[str, bytes]:
    """Return the files of a target's folder by their names."""
    return {path.name: path.read_bytes() for path in sorted((CORPUS / name).iterdir())}


def seeds() -> dict[str, dict[str, bytes]]:
    """Return small files as they should be, by target and name; `run.py --seeds` writes them into the corpus."""
    return {
        "image": _images(),
        "part_map": {"seed_png": encode_parts(Path("a.png"), _parts()), "seed_npy": _mask()},
        "recipe": {
            "seed_recipe": b"inherits: baseline\nmodel: {backbone: resnet18}\nschedule:\n  milestones: [1, 2]\n"
            b"pixel_sampling:\n  parts: [pants]\ndata: {root: null, height: 64}\nloss: {margin: 0.3}\n",
            "seed_merge": b"labels:\n  bag: background\n  hat: head\n",
        },
        "model": {"seed_model": _model(), "seed_pth": _pth()},
        "table": {
            "seed_table": '\ufeffpath,identity,camera,clothes,split\r\na.jpg,Zoë,1,"red, blue",train\r\n'.encode()
        },
        "parquet": {"seed_table": _parquet({"path": ["a.jpg"], "identity": [1]}), "seed_features": _features()},
        "pack": {"seed_pack": _pack()},
    }


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    with contextlib.suppress(CcreidError), refusals_explained():
        yield


def _written(name: str, data: bytes) -> Path:
    path = Path(_FOLDER.name, name)
    path.write_bytes(data)
    return path


def _images() -> dict[str, bytes]:
    pixels = np.random.default_rng(0).integers(0, 256, (12, 8, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[274] = 6
    made = {}
    for form in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "TGA"):
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, form, **({"exif": exif} if form in {"JPEG", "PNG", "WEBP"} else {}))
        made[f"seed_{form.lower()}"] = buffer.getvalue()
    for mode in ("P", "1", "LA", "I;16"):
        buffer = io.BytesIO()
        shown = Image.fromarray(pixels[..., 0].astype(np.uint16)) if mode == "I;16" else Image.fromarray(pixels)
        (shown if mode == "I;16" else shown.convert(mode)).save(buffer, "PNG")
        made[f"seed_png_{mode.replace(';', '')}"] = buffer.getvalue()
    return made


def _parts() -> np.ndarray[Any, np.dtype[np.uint8]]:
    return (np.arange(48, dtype=np.uint8) % 6).reshape(8, 6)


def _mask() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros((2, 2, 6), np.float32))
    return buffer.getvalue()


def _model() -> bytes:
    about = {"format": checkpoint.FORMAT, "recipe": '{"model": {"backbone": "resnet18"}}', "epoch": "1"}
    weights = {"weight": torch.zeros(3, 2), "bias": torch.zeros(3)}
    return safetensors_bytes(weights, {**about, "num_identities": "3", "scores": "{}"})


def _pth() -> bytes:
    buffer = io.BytesIO()
    torch.save({"state_dict": {"module.a": torch.zeros(1)}, "best": np.float64(1)}, buffer)
    return buffer.getvalue()


def _parquet(columns: dict[str, Any], metadata: dict[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(columns).replace_schema_metadata(metadata), buffer)
    return buffer.getvalue()


def _features() -> bytes:
    names = ("id", "path", "identity", "camera", "time", "track", "clothes")
    vectors = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(np.ones(2, np.float16)), 2)
    said = {"format": "ccreid-features-1", "model": "0", "model_name": "a", "features": "2", "image_size": "8x4"}
    said |= {"precision": "float16", "of": "images", "version": "0"}
    columns = {**{name: ["a"] for name in names}, "vector": vectors}
    return _parquet(columns, {f"ccreid.{key}": value for key, value in said.items()})


def _pack() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.jpg")
        Image.new("RGB", (4, 8)).save(path)
        write_pack(Path(folder, "a.pack"), Path(folder), [ImageRecord.of_file(path)], 8, 4)
        return Path(folder, "a.pack").read_bytes()
