"""The optimiser of a recipe: which weights learn at which rate, and which decay."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from ccreid.errors import BadValueError
from ccreid.models.backbones.depth import depths
from ccreid.recipe import ScheduleRecipe

Weights = list[nn.Parameter]


def build_optimizer(model: nn.Module, schedule: ScheduleRecipe, others: Iterable[nn.Parameter] = ()) -> Optimizer:
    """Return SGD or AdamW over all that a model learns.

    Args:
        model: Whose backbone is below a module of that name.
        schedule: The optimiser, its rates and its weight decay.
        others: What is learned beside the model, at the rate of its heads.

    Raises:
        BadValueError: The rate shall fall from block to block, and no blocks are known.
    """
    rate = schedule.learning_rate * schedule.rate_scale
    groups = rate_groups(model, rate, rate * schedule.head_rate, schedule.layer_decay)
    if beside := list(others):
        groups.append({"params": beside, "lr": rate * schedule.head_rate})
    if schedule.optimizer == "adamw":
        return torch.optim.AdamW(_without_decay_of_vectors(groups), lr=rate, weight_decay=schedule.weight_decay)
    return torch.optim.SGD(groups, lr=rate, momentum=schedule.momentum, weight_decay=schedule.weight_decay)


def rate_groups(model: nn.Module, rate: float, head_rate: float, layer_decay: float = 1.0) -> list[dict[str, Any]]:
    """Return what a model learns as an optimiser's groups, one for each learning rate.

    Args:
        model: Whose backbone is below a module of that name.
        rate: Of the backbone; with `layer_decay`, of what is deepest in it.
        head_rate: Of all other layers.
        layer_decay: Factor on the rate from each of the backbone's blocks to the one below it.

    Raises:
        BadValueError: `layer_decay` is not 1 and the backbone's blocks are not known.
    """
    if layer_decay == 1 and rate == head_rate:
        return [{"params": [weight for weight in model.parameters() if weight.requires_grad], "lr": rate}]
    backbone, heads = backbone_and_heads(model)
    if layer_decay == 1:
        groups = [{"params": backbone, "lr": rate}]
    else:
        levels = weights_by_height(model)
        groups = [{"params": weights, "lr": rate * layer_decay**height} for height, weights in levels]
    return [group for group in [*groups, {"params": heads, "lr": head_rate}] if group["params"]]


def backbone_and_heads(model: nn.Module) -> tuple[Weights, Weights]:
    """Return what a model learns below a module named backbone, and in its other layers."""
    backbone: Weights = []
    heads: Weights = []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            (backbone if "backbone" in name.split(".") else heads).append(parameter)
    return backbone, heads


def weights_by_height(model: nn.Module) -> Sequence[tuple[int, Weights]]:
    """Return what a model's backbones learn, by how many blocks lie between it and the deepest.

    Returns:
        Heights and their weights, from the stem to the top.

    Raises:
        BadValueError: There is no module named backbone, or no blocks are known in one.
    """
    # A system may have several backbones, one in each of its streams.
    streams: dict[str, list[tuple[str, nn.Parameter]]] = {}
    for name, parameter in model.named_parameters():
        path = name.split(".")
        if "backbone" in path:
            place = path.index("backbone") + 1
            streams.setdefault(".".join(path[:place]), []).append((".".join(path[place:]), parameter))
    if not streams:
        raise BadValueError(
            f"a {type(model).__name__} has no whole backbone, whose blocks could have rates of their own: "
            "set schedule.layer_decay 1"
        )
    levels: dict[int, Weights] = {}
    for named in streams.values():
        found = depths([name for name, _ in named])
        top = max(found)
        for depth, (_, parameter) in zip(found, named, strict=True):
            if parameter.requires_grad:
                levels.setdefault(top - depth, []).append(parameter)
    return sorted(levels.items(), reverse=True)


def _without_decay_of_vectors(groups: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the groups with their biases and norms apart, whose size says nothing of how much was learned by heart."""
    parted: list[dict[str, Any]] = []
    for group in groups:
        wide = [weight for weight in group["params"] if weight.ndim > 1]
        vectors = [weight for weight in group["params"] if weight.ndim <= 1]
        parted += [{**group, "params": wide}] if wide else []
        parted += [{**group, "params": vectors, "weight_decay": 0.0}] if vectors else []
    return parted
