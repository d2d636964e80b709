"""Makes small networks in ONNX whose label maps are plain to compute, and their merge files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import yaml
from onnx import TensorProto, helper

Shape = Sequence[int | str]

THREE: Mapping[str, str] = {"background": "background", "red hat": "head", "coat": "upper_clothes"}
"""Labels for the values 0, 1 and 2."""


def write_network(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    shape: Shape = (1, 3, 16, 8),
    *,
    kind: int = TensorProto.FLOAT,
    outputs: Mapping[str, int] | None = None,
    inputs: Sequence[str] = ("images",),
) -> Path:
    """Write a network of these nodes from `inputs` to `outputs` (name and type), without any weights."""
    path.parent.mkdir(parents=True, exist_ok=True)
    graph = helper.make_graph(
        list(nodes),
        "made",
        [helper.make_tensor_value_info(name, kind, shape) for name in inputs],
        [helper.make_tensor_value_info(name, own, None) for name, own in (outputs or {"scores": kind}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, path)
    return path


def channels(name: str = "scores") -> onnx.NodeProto:
    """Hand the input on: red, green and blue are the logits of three labels."""
    return helper.make_node("Identity", ["images"], [name])


def greatest(axis: int, keep: bool = False, name: str = "labels") -> onnx.NodeProto:
    """Return the place of the greatest channel, a map of labels."""
    return helper.make_node("ArgMax", ["images"], [name], axis=axis, keepdims=int(keep))


def write_merge(path: Path, labels: Mapping[str, str] = THREE, output: str | None = None, **settings: Any) -> Path:
    """Write a merge file; settings go to its input, whose range is [0, 1] if nothing else is said."""
    tree: dict[str, Any] = {"input": {"range": [0, 1], **settings}, "labels": dict(labels)}
    path.write_text(yaml.safe_dump({**tree, "output": output} if output else tree, sort_keys=False))
    return path
