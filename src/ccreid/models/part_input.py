"""Which models read part maps beside the images, and what each is therefore called with."""

from typing import Literal

from torch import Tensor, nn

PartsUse = Literal["never", "training", "always"]


def parts_use(model: nn.Module | type[nn.Module]) -> PartsUse:
    """Return when a model, or a class of models, reads part maps.

    A class says so by an attribute `reads_parts`, and takes the maps as the second argument of `forward`, uint8
    (B, H, W): "always", or "training" where it is evaluated on the images alone. A class that says nothing never does.
    """
    use: PartsUse = getattr(model, "reads_parts", "never")
    return use


def training_inputs(model: nn.Module, images: Tensor, parts: Tensor) -> tuple[Tensor, ...]:
    """Return what a model is called with in training: the images, and the part maps if it reads them."""
    return (images,) if parts_use(model) == "never" else (images, parts)
