"""Writes the parser that ships with ccreid, or one that was trained, as a network in ONNX with its merge file."""

import contextlib
import logging
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import torch
import yaml
from torch import nn

from ccreid.atomic_files import write_atomically
from ccreid.errors import BadValueError, MissingExtraError
from ccreid.parsing.labels import SIX_PARTS
from ccreid.parsing.lite.parser import HEIGHT, SHIPPED, WIDTH
from ccreid.parsing.lite.weights import load_lite

_NEEDED: Final = ("onnx", "onnxscript")


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
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise MissingExtraError(f"writing ONNX needs {' and '.join(missing)}: pip install 'ccreid[onnx]'")
    write_atomically(path, _onnx(load_lite(SHIPPED if weights is None else weights)))
    merge = path.with_suffix(".yaml")
    settings = {"input": {"range": [0, 1], "looks": 2}, "labels": {part: part for part in SIX_PARTS}}
    write_atomically(merge, yaml.safe_dump(settings, sort_keys=False))
    return merge


def _onnx(network: nn.Module) -> bytes:
    """Return a network of images in 0..1 (N, 3, HEIGHT, WIDTH) as the bytes of an ONNX file."""
    with _quiet():
        program = torch.onnx.export(
            network.eval(),
            (torch.zeros(2, 3, HEIGHT, WIDTH),),  # two, for one would be taken for a size that never changes
            input_names=["images"],
            output_names=["logits"],
            dynamic_shapes=({0: torch.export.Dim("images")},),
            dynamo=True,
            verbose=False,
        )
    assert program is not None  # it is where no file was named
    written = program.model_proto
    for node in written.graph.node:
        del node.metadata_props[:]  # where each line of the sources lies on this machine
    return bytes(written.SerializeToString())


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep torch's exporter from telling its inner affairs."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logging.disable(before)
