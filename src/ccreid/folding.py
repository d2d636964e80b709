"""Batch norm folded into the convolution before it: the same result with fewer passes over the maps."""

import copy
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

# Rounding of a deep network in float32, far below what a convolution folded by mistake would change.
_TOLERANCE = 1e-3


Result = Callable[[Any], Tensor]
"""From what a model returns to the tensor that must stay the same."""


def for_inference(model: nn.Module, *inputs: Tensor, result: Result = attrgetter("feature")) -> nn.Module:
    """Return a copy of a model that computes the same faster; the model itself stays as it is.

    The copy is in evaluation mode, its convolutions have taken in the batch norms that directly follow them, and its
    weights are channels-last. Which norm follows which convolution is seen by running the model once. Where folding
    changes the result by more than rounding, because a convolution's output is also used elsewhere, nothing is
    folded.

    Args:
        model: In any mode.
        inputs: A few normalised images (B, 3, H, W) to run it on, and all else that it takes; the copy gets their
            device and type.
        result: Reads the model's result; of a re-identification model its `feature`.

    Returns:
        The copy, on the inputs' device.
    """
    folded = _copy(model, inputs)
    with torch.inference_mode():
        pairs, expected = _pairs(folded, inputs, result)
    for conv, norm in pairs:
        fused = fuse_conv_bn_eval(_conv(folded, conv), _norm(folded, norm))
        folded.set_submodule(conv, fused)
        folded.set_submodule(norm, nn.Identity())
    with torch.inference_mode():
        difference = (result(folded(*inputs)) - expected).abs().max()
    chosen = folded if bool(difference <= _TOLERANCE * expected.abs().max()) else _copy(model, inputs)
    return chosen.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]  # torch's stubs


def _copy(model: nn.Module, inputs: tuple[Tensor, ...]) -> nn.Module:
    # A model that is trained in 16 or 64 bits is read back in 32, the images' own.
    return copy.deepcopy(model).eval().to(inputs[0].device, inputs[0].dtype)


def _pairs(model: nn.Module, inputs: tuple[Tensor, ...], result: Result) -> tuple[list[tuple[str, str]], Tensor]:
    """Return the names of each convolution and the batch norm that its output goes to, and the inputs' result."""
    names = {module: name for name, module in model.named_modules()}
    produced: dict[int, tuple[str, Tensor]] = {}
    pairs: list[tuple[str, str]] = []
    calls: list[str] = []

    def after_conv(module: nn.Module, _: Any, output: Tensor) -> None:
        # The output is kept so that no other tensor takes its place in memory, and with it its id.
        produced[id(output)] = names[module], output
        calls.append(names[module])

    def before_norm(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        calls.append(names[module])
        if id(inputs[0]) in produced:
            pairs.append((produced[id(inputs[0])][0], names[module]))

    hooks = []
    for module in names:
        if isinstance(module, nn.Conv2d):
            hooks.append(module.register_forward_hook(after_conv))
        elif type(module) is nn.BatchNorm2d:  # what derives from it may do more, such as an activation
            hooks.append(module.register_forward_pre_hook(before_norm))
    found = result(model(*inputs))
    for hook in hooks:
        hook.remove()
    return [pair for pair in pairs if all(calls.count(name) == 1 for name in pair)], found


def _conv(model: nn.Module, name: str) -> nn.Conv2d:
    module = model.get_submodule(name)
    assert isinstance(module, nn.Conv2d)
    return module


def _norm(model: nn.Module, name: str) -> nn.BatchNorm2d:
    module = model.get_submodule(name)
    assert isinstance(module, nn.BatchNorm2d)
    return module
