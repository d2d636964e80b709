"""Which models read part maps beside the images, and what each is therefore called with."""

from typing import Literal

from torch import Tensor, nn

from ccreid.models.gait_prediction import WalkWindow

PartsUse = Literal["never", "training", "always", "walks"]


def parts_use(model: nn.Module | type[nn.Module]) -> PartsUse:
    """Return when a model, or a class of models, reads part maps.

    A class says so by an attribute `reads_parts`, and takes the maps as the second argument of `forward`, uint8
    (B, H, W): "always", or "training" where it is evaluated on the images alone. One that says "walks" takes in
    training, in their place, a `WalkWindow` that is made of the part maps of the images before and after each image. A
    class that says nothing never does.
    """
    use: PartsUse = getattr(model, "reads_parts", "never")
    return use


def training_inputs(
    model: nn.Module, images: Tensor, parts: Tensor, walk: WalkWindow | None = None
) -> tuple[Tensor, Tensor] | tuple[Tensor, WalkWindow] | tuple[Tensor]:
    """Return what a model is called with in training: the images, and the part maps or the walk if it reads them."""
    use = parts_use(model)
    if use == "walks" and walk is not None:
        return images, walk
    return (images, parts) if use in {"training", "always"} else (images,)
