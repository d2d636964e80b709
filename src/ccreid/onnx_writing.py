"""Writes a network as ONNX: what it needs, the writing itself, and none of torch's words on the way."""

import contextlib
import logging
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, Final

import torch
from torch import Tensor, nn

from ccreid.errors import MissingExtraError

_NEEDED: Final = ("onnx", "onnxscript")


def require_onnx(*further: str) -> None:
    """Refuse to write ONNX where a package for it is missing.

    Args:
        further: Packages of the extra that are needed beside those that write.

    Raises:
        MissingExtraError: One is not installed.
    """
    if missing := [name for name in (*_NEEDED, *further) if find_spec(name) is None]:
        raise MissingExtraError(f"writing ONNX needs {' and '.join(missing)}: pip install 'ccreid[onnx]'")


def onnx_model(network: nn.Module, images: Tensor, output: str) -> Any:
    """Return a network of images as a model of the package onnx, for any number of images.

    Args:
        network: From images (N, 3, H, W) to one tensor; put into evaluation mode, its activations out of place.
        images: Two or more such images, for one would be taken for a number that never changes.
        output: Name of what it returns; what it takes is named images.
    """
    for module in network.modules():
        # Torch takes half of an export's time to find out what an activation in place changes, which no file can say.
        if hasattr(module, "inplace"):
            module.inplace = False  # type: ignore[assignment]  # torch takes every attribute for a layer
    with quiet():
        program = torch.onnx.export(
            network.eval(),
            (images,),
            input_names=["images"],
            output_names=[output],
            dynamic_shapes=({0: torch.export.Dim("images")},),
            dynamo=True,
            verbose=False,
        )
    assert program is not None  # it is where no file was named
    written = program.model_proto
    for node in written.graph.node:
        del node.metadata_props[:]  # where each line of the sources lies on this machine
    return written


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep torch's exporters, and onnxruntime's, from telling their inner affairs."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logging.disable(before)
