"""`ccreid export MODEL OUT`: a re-identification model, or our own human parser, as a file for other runtimes."""

from pathlib import Path
from typing import Final, Literal

from ccreid.app.arguments import CommandParser, Run
from ccreid.errors import BadValueError

EXAMPLES = (
    "ccreid export runs/baseline/seed0 model.onnx",
    "ccreid export model.safetensors model.onnx --half",
    "ccreid export model.safetensors small.onnx --int8 photos",
    "ccreid export model.safetensors model.pt2 --format torch",
    "ccreid export lite parser.onnx",
    "ccreid export runs/parser/seed0/parser.safetensors parser.onnx",
)

# Of a folder's photos as many as say what range a model's numbers have, from all over it.
_PHOTOS: Final = 128


def configure(parser: CommandParser) -> Run:
    """Give the command's arguments; return what it does."""
    return parser.add_function(export, EXAMPLES)


def export(
    model: str,
    out: Path,
    format: Literal["onnx", "torch"] = "onnx",
    half: bool = False,
    int8: Path | None = None,
) -> int:
    """Write a model as one file from pixels to features, for ONNX Runtime or torch, or a human parser as ONNX.

    Of a re-identification model the file takes uint8 RGB images (N, 3, height, width) as they are and gives features of
    length 1: normalisation and the mirror image are inside. It is compared with PyTorch before it is written.

    Args:
        model: A run's folder or its model.safetensors; or a human parser: lite for the one that ships with ccreid, or a
            parser.safetensors of `ccreid train parser`.
        out: The file to write, .onnx, or .pt2 for torch. Of a parser, a merge file of the same name goes beside it.
        format: onnx, or torch for a program of torch.export.
        half: Compute in float16: half the size, and faster on a GPU.
        int8: Compute in 8 bits, with ranges as photos of this folder have them: a quarter of the size.
    """
    from ccreid.parsing.lite.weights import FORMAT
    from ccreid.weight_files import is_of_format

    if model == "lite" or is_of_format(Path(model), FORMAT):
        if format != "onnx" or half or int8 is not None:
            raise BadValueError(f"{model} is a parser, which is written as ONNX in float32 alone: give OUT.onnx only")
        return _export_parser(model, out)
    return _export_model(model, out, format, half, int8)


def _export_parser(parser: str, out: Path) -> int:
    from ccreid.parsing.onnx.export import export_parser

    merge = export_parser(None if parser == "lite" else Path(parser), out)
    print(f"wrote {out} and {merge}; try ccreid parse IMAGES PARTS --parser onnx:{out}")
    return 0


def _export_model(source: str, out: Path, format: Literal["onnx", "torch"], half: bool, int8: Path | None) -> int:
    from ccreid.datasets.image_tree import find_images
    from ccreid.models.export.export_model import export_int8, export_onnx, export_torch
    from ccreid.models.reid_model import ReIDModel

    if int8 is not None and (half or format != "onnx"):
        raise BadValueError("--int8 writes ONNX in 8 bits: leave out --half and --format torch")
    model = ReIDModel.from_pretrained(source, "cpu")
    if int8 is not None:
        photos = find_images(int8)
        written = export_int8(model, out, photos[:: -(-len(photos) // _PHOTOS)])
    else:
        write = export_onnx if format == "onnx" else export_torch
        written = write(model, out, "float16" if half else "float32")
    print(written)
    return 0
