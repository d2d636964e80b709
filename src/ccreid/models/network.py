"""The contract of all models: what they read and what they return, so that nobody need know which one it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple, Self

from torch import Tensor, nn

from ccreid.models.layers import Classifier

PartsUse = Literal["never", "always", "walks"]


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


class ReIDNetwork(nn.Module):
    """What every system is: a module from normalised images (B, 3, H, W), and what else it reads, to `ReIDOutput`.

    A system of one's own derives from it and says by class attributes what is special about it.

    Attributes:
        reads_parts: Whether `forward` takes part maps, uint8 (B, H, W), as its second argument: "never" or "always".
            "walks" stands for a model that takes, in training alone, a `WalkWindow` in their place, which is made of
            the part maps of the images before and after each image.
        reads_own_size: Whether it takes images one at a time in the size that they have, not resized to the recipe's.
        resamples: Whether it cuts a region out of the image or bends it, so that places in its maps are not places in
            the image; see `find_cam_layer`.
        has_backbone: Whether it stands on a backbone; for others a recipe's `model.backbone` is of no account.
        clothes_from: The column of the feature from which on it says what is worn, always at one length, where what
            stands before says nothing of it; None where clothes are not kept apart.
    """

    reads_parts: ClassVar[PartsUse] = "never"
    reads_own_size: ClassVar[bool] = False
    resamples: ClassVar[bool] = False
    has_backbone: ClassVar[bool] = True
    clothes_from: ClassVar[int | None] = None

    @property
    def num_identities(self) -> int:
        """Training identities, the classes of its classifiers; 0 where it has none."""
        return next((layer.out_features for layer in self.modules() if isinstance(layer, Classifier)), 0)

    @classmethod
    def build(cls, num_identities: int, backbone: str, weights: str | Path, last_stride: int) -> Self:
        """Build the system with what a recipe says of it; one that has no use for some of it overrides this.

        Args:
            num_identities: N, training identities, at least 1.
            backbone: Name of the backbone; see `build_backbone`.
            weights: What the backbone starts from; see `build_backbone`.
            last_stride: Stride of the backbone's last stage, 1 or 2.

        Returns:
            The system, in training mode.
        """
        return cls(num_identities, backbone, weights, last_stride)


class WalkWindow(NamedTuple):
    """The frames of a walk around an image.

    Attributes:
        silhouettes: (B, FRAMES, h, w), 0 for background and 1 for the person, the image's own at place OWN; both
            numbers are those of `ccreid.models.gi_reid`.
        known: bool (B, FRAMES), whether the data has the frame; elsewhere any silhouette may stand.
    """

    silhouettes: Tensor
    known: Tensor


def training_inputs(
    network: ReIDNetwork, images: Tensor, parts: Tensor, walk: WalkWindow | None = None
) -> tuple[Tensor, Tensor] | tuple[Tensor, WalkWindow] | tuple[Tensor]:
    """Return what a network is called with in training: the images, and the part maps or the walk if it reads them.

    Args:
        network: Is not called.
        images: Normalised, (B, 3, H, W).
        parts: uint8 (B, H, W), values 0..5.
        walk: Around each image, for a network that reads walks.

    Returns:
        The positional arguments of `network.forward`.
    """
    if network.reads_parts == "walks" and walk is not None:
        return images, walk
    return (images, parts) if network.reads_parts == "always" else (images,)
