"""Writes the parser that ships with ccreid, or one that was trained, as a network in ONNX with its merge file."""

from pathlib import Path

import torch
import yaml

from ccreid.atomic_files import write_atomically
from ccreid.errors import BadValueError
from ccreid.onnx_writing import onnx_model, require_onnx
from ccreid.parsing.labels import SIX_PARTS
from ccreid.parsing.lite.parser import HEIGHT, SHIPPED, WIDTH
from ccreid.parsing.lite.weights import load_lite


def export_parser(weights: Path | None, path: Path) -> Path:
    """Write a parser as ONNX, and beside it the merge file with which `onnx:FILE` gives the same part maps.

    The network takes images in 0..1, (N, 3, 256, 128) for any N, and gives the logits (N, 6, 256, 128) of the six
    parts.

    Args:
        weights: A parser.safetensors of `ccreid train parser`; the file that ships with ccreid where None.
        path: The .onnx file; folders above it are made.

    Returns:
        The merge file.

    Raises:
        BadValueError: The file's name has another ending.
        MissingExtraError: onnx or onnxscript is not installed.
        MissingFileError: There are no such weights.
        WeightsError: The weights are damaged or no parser's.
        WriteError: A file cannot be written.
    """
    if path.suffix != ".onnx":
        raise BadValueError(f"{path} does not end in .onnx: name it {path.with_suffix('.onnx').name}")
    require_onnx()
    network = load_lite(SHIPPED if weights is None else weights)
    written = onnx_model(network, torch.zeros(2, 3, HEIGHT, WIDTH), "logits")
    write_atomically(path, written.SerializeToString())
    merge = path.with_suffix(".yaml")
    settings = {"input": {"range": [0, 1], "looks": 2}, "labels": {part: part for part in SIX_PARTS}}
    write_atomically(merge, yaml.safe_dump(settings, sort_keys=False))
    return merge
