"""Any image model of timm as a backbone (extra `ccreid[timm]`)."""

import importlib
from pathlib import Path
from typing import Any, cast

from torch import Tensor, nn

from ccreid.errors import CcreidError
from ccreid.models.backbones.input_scale import InputScale
from ccreid.weight_files import read_state_dict


class TimmError(CcreidError, ValueError):
    """timm cannot be imported, or cannot build the model asked for; the message says what to do."""


class TimmBackbone(nn.Module):
    """The last feature map of a timm model; of a vision transformer its patch tokens after its last norm, if any.

    Vision transformers take images of any size, which are padded to whole patches at the right and at the bottom.

    Args:
        name: timm's name of the model, such as "convnext_tiny" or "resnet50.a1_in1k".
        weights: "imagenet" takes timm's weights from its hub, "none" starts from scratch, a path loads a file that fits
            the timm model.
        last_stride: 2 takes the model as it is, 1 asks timm for a map of a 16th of the image, which its convolutional
            networks reach by dilation.

    Attributes:
        channels: C of the feature map.

    Raises:
        TimmError: timm cannot be imported, has no such model, or cannot build it in this way.
    """

    def __init__(self, name: str, weights: str | Path, last_stride: int) -> None:
        super().__init__()
        self.network, self._has_tokens = _build(_timm(), name, str(weights), last_stride)
        channels = self.network.num_features if self._has_tokens else self.network.feature_info.channels()[-1]
        self.channels: int = int(channels)
        expected = self.network.pretrained_cfg
        self.input_scale = InputScale(expected["mean"], expected["std"])

    def checkpoint(self) -> None:
        """Compute its blocks anew on the way back instead of keeping all that they computed; in training alone.

        Raises:
            TimmError: timm does not do so with this model.
        """
        if not hasattr(self.network, "set_grad_checkpointing"):
            raise TimmError(f"timm computes no {type(self.network).__name__} anew: set model.checkpointing false")
        self.network.set_grad_checkpointing(True)

    def forward(self, images: Tensor) -> Tensor:
        """Return the feature map (B, C, h, w).

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
        """
        scaled = self.input_scale(images)
        if self._has_tokens:
            maps = self.network.forward_intermediates(scaled, indices=1, norm=True, intermediates_only=True)
            return cast(Tensor, maps[-1])
        features = cast(Tensor, self.network(scaled)[-1])
        # Some hierarchical transformers hand out (B, h, w, C).
        return features if features.shape[1] == self.channels else features.permute(0, 3, 1, 2)


def _timm() -> Any:
    try:
        return importlib.import_module("timm")
    except (ImportError, RuntimeError) as error:
        # timm imports torchvision, whose PyPI wheel raises a RuntimeError beside another build of torch.
        raise TimmError(
            f"timm cannot be imported ({error}): pip install 'ccreid[timm]', "
            "with the torchvision build that belongs to your torch"
        ) from error


def _build(timm: Any, name: str, weights: str, last_stride: int) -> tuple[Any, bool]:
    """Return the network, and whether it is a vision transformer, which is asked for the map of its tokens."""
    options: dict[str, Any] = {"output_stride": 16} if last_stride == 1 else {}
    if weights not in {"imagenet", "none"}:
        if not Path(weights).is_file():
            raise TimmError(f"there is no weights file {weights}: give a path, or imagenet, or none")
        # Read here: of the releases of timm that do, older ones run code that a pickle brings along.
        options["pretrained_cfg_overlay"] = {"state_dict": read_state_dict(Path(weights))}
    try:
        known = timm.get_pretrained_cfg(name)
        if known is not None and known.fixed_input_size:
            if transformer := _transformer(timm, name, pretrained=weights != "none", **options):
                return transformer, True
            options["dynamic_img_size"] = True  # others may otherwise take their ImageNet size alone
        maps = timm.create_model(name, pretrained=weights != "none", features_only=True, out_indices=(-1,), **options)
        return maps, False
    except Exception as error:  # timm's models refuse in many ways, and its hub in more
        advice = (
            "choose another name or, if it is the stride, set last_stride 2" if last_stride == 1 else "choose another"
        )
        raise TimmError(
            f"timm cannot build {name!r} with weights {weights!r} and last_stride {last_stride} "
            f"({type(error).__name__}: {error}): {advice}"
        ) from error


def _transformer(timm: Any, name: str, **options: Any) -> Any:
    """Return a vision transformer without what it classifies by, or None where the model is none.

    timm's own extraction of maps leaves out the last norm, without which a few channels outweigh all others.
    """
    try:
        network = timm.create_model(name, num_classes=0, dynamic_img_size=True, dynamic_img_pad=True, **options)
    except TypeError:  # it has no such settings
        return None
    network.prune_intermediate_layers(1, prune_norm=False, prune_head=True)
    return network
