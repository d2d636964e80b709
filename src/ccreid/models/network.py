"""The contract of all models: what they read and what they return, so that nobody need know which one it is."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from torch import Tensor, nn


class ReIDOutput(NamedTuple):
    """What a model makes of a batch of images (B, 3, H, W).

    Attributes:
        embeddings: One (B, D) for each feature that the triplet and the feature consistency loss compare.
        logits: One (B, N) for each classifier, N training identities, for the identity loss.
        feature: (B, D), what images are searched by. Not normalised; compare by cosine, or L2-normalise first.
        auxiliary: Further losses of the model's own, by name, scalars with their weights in them; only in training.
    """

    embeddings: tuple[Tensor, ...]
    logits: tuple[Tensor, ...]
    feature: Tensor
    auxiliary: Mapping[str, Tensor] = {}


class WalkWindow(NamedTuple):
    """The frames of a walk around an image.

    Attributes:
        silhouettes: (B, FRAMES, h, w), 0 for background and 1 for the person, the image's own at place OWN.
        known: bool (B, FRAMES), whether the data has the frame; elsewhere any silhouette may stand.
    """

    silhouettes: Tensor
    known: Tensor


def reads_own_size(model: nn.Module) -> bool:
    """Return whether a model says, by an attribute `reads_own_size`, that it takes images one at a time as they are."""
    return bool(getattr(model, "reads_own_size", False))


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
