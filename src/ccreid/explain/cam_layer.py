"""Finds the layer whose map a class activation map is taken of, in any model, without knowing its layers.

It is the last layer that all of the model's answer passes through.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node


def find_cam_layer(model: nn.Module, inputs: Sequence[Tensor], rows: int) -> nn.Module | None:
    """Return the last module whose output is a map of at least `rows` rows through which everything passes.

    "Everything passes" means that nothing of what the model returns depends on the images but through this map: a block
    of a backbone does, a convolution beside a shortcut or one of several streams does not. In a backbone whose last map
    has enough rows it is that map; in one with a coarser last map, an earlier block.

    A model that cuts a region out of the image, or bends it, says so by a class attribute `resamples = True`, since
    places in its maps are not places in the image; for it, as where no module fits, there is none.

    Args:
        model: In evaluation mode, its weights frozen; takes the inputs and returns `ReIDOutput`.
        inputs: Of at least one image: the normalised images (B, 3, H, W), and what else the model takes.
        rows: At least 1.

    Returns:
        The module, or None where only the images themselves fit.
    """
    if getattr(model, "resamples", False):
        return None
    images = inputs[0].detach().clone().requires_grad_()
    with torch.enable_grad(), _maps_of(model, rows) as maps:
        start = images.clone()
        output = model(start, *inputs[1:])
    ends = [value.grad_fn for value in (*output.embeddings, *output.logits, output.feature)]
    for module, node in reversed(maps):
        if not _leads_back(ends, start.grad_fn, without=node):
            return module
    return None


@contextmanager
def _maps_of(model: nn.Module, rows: int) -> Iterator[list[tuple[nn.Module, Node]]]:
    """List the modules that give one large enough map in the block, as they finish, with its node of autograd's."""
    maps: list[tuple[nn.Module, Node]] = []
    calls: Counter[nn.Module] = Counter()

    def after(module: nn.Module, _: Any, output: Any) -> None:
        calls[module] += 1
        is_map = isinstance(output, Tensor) and output.ndim == 4 and output.shape[2] >= rows and output.shape[3] > 1
        if is_map and output.grad_fn is not None:
            maps.append((module, output.grad_fn))

    hooks = [module.register_forward_hook(after) for module in model.modules()]
    try:
        yield maps
    finally:
        for hook in hooks:
            hook.remove()
    maps[:] = [one for one in maps if calls[one[0]] == 1]


def _leads_back(ends: Sequence[Node | None], start: Node | None, without: Node) -> bool:
    """Return whether anything at the ends was computed from the start other than through one node."""
    waiting, seen = list(ends), {without}
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        if node is start:
            return True
        seen.add(node)
        waiting += [before for before, _ in node.next_functions]
    return False
