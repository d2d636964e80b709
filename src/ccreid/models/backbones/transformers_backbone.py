"""A vision backbone of 🤗 transformers, from a folder or from the Hugging Face hub (extra `ccreid[parsing]`)."""

import importlib
import json
from pathlib import Path
from typing import Any, Final, cast

from torch import Tensor, nn

from ccreid.augment import IMAGENET_MEAN, IMAGENET_STD
from ccreid.errors import CcreidError, first_few, first_line
from ccreid.models.backbones.input_scale import InputScale
from ccreid.transformers_package import CONFIG, PREPROCESSOR, import_transformers, quiet

_WEIGHTS: Final = "*.safetensors"
# The norm of the handed-out map, which checkpoints of whole models lack; it starts as a plain layer norm.
_OF_BACKBONES_ALONE: Final = "hidden_states_norms."


class TransformersError(CcreidError, ValueError):
    """A backbone of transformers cannot be had or built; the message says what to do."""


class TransformersBackbone(nn.Module):
    """The last feature map of a vision model of transformers: ConvNeXt, Swin, DINOv2, DINOv3, PVT and the like.

    A trained model's file does not hold the checkpoint's config.json: the folder, or the hub's copy of it, is needed
    again to load it.

    Args:
        name: A folder with config.json and model.safetensors, or a name on the hub such as "facebook/dinov2-base". A
            preprocessor_config.json beside them says how images are normalised; without one it is ImageNet's way.
        weights: "imagenet" takes the checkpoint's own weights, whatever they learned from; "none" starts from scratch.
        last_stride: 2, the model as it is: transformers has no setting for another stride.

    Attributes:
        channels: C of the feature map.

    Raises:
        MissingExtraError: transformers is not installed.
        TransformersError: There is no such checkpoint, it is no backbone, it lacks weights, or another stride or a
            weights file was asked for.
    """

    def __init__(self, name: str, weights: str | Path, last_stride: int) -> None:
        super().__init__()
        if last_stride != 2:
            raise TransformersError(f"hf/{name} keeps its own strides: set last_stride 2")
        if str(weights) not in {"imagenet", "none"}:
            raise TransformersError(
                f"hf/{name} takes no weights file {weights}: set weights imagenet for the checkpoint's own, or none"
            )
        transformers = import_transformers()
        folder = _folder(name, with_weights=str(weights) == "imagenet")
        self.network = _network(transformers, name, folder, with_weights=str(weights) == "imagenet")
        self.channels = int(self.network.channels[-1])
        self.input_scale = InputScale(*_normalisation(folder / PREPROCESSOR))

    def checkpoint(self) -> None:
        """Compute its blocks anew on the way back instead of keeping all that they computed; in training alone.

        Raises:
            TransformersError: transformers does not do so with this model.
        """
        if not self.network.supports_gradient_checkpointing:
            raise TransformersError(
                f"transformers computes no {type(self.network).__name__} anew: set model.checkpointing false"
            )
        # Its name until transformers 5.
        enable = getattr(self.network, "activation_checkpointing_enable", self.network.gradient_checkpointing_enable)
        enable({"use_reentrant": False})

    def forward(self, images: Tensor) -> Tensor:
        """Return the feature map (B, C, h, w).

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
        """
        return cast(Tensor, self.network(self.input_scale(images)).feature_maps[-1])


def _folder(name: str, *, with_weights: bool) -> Path:
    """Return the checkpoint's folder, in the hub's cache where it is no local one."""
    if Path(name).is_dir():
        return Path(name)
    files = [CONFIG, PREPROCESSOR, *([_WEIGHTS, f"{_WEIGHTS}.index.json"] if with_weights else [])]
    hub = importlib.import_module("huggingface_hub")
    try:
        return Path(hub.snapshot_download(name, allow_patterns=files))
    except Exception as error:  # the hub's client and what it fetches with refuse in many ways
        raise TransformersError(
            f"{name!r} is no folder, and cannot be had from the Hugging Face hub ({first_line(error)}): "
            "give a folder with config.json and model.safetensors, or a name like facebook/dinov2-base"
        ) from error


def _network(transformers: Any, name: str, folder: Path, *, with_weights: bool) -> Any:
    try:
        with quiet(transformers):
            config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
            known = transformers.MODEL_FOR_BACKBONE_MAPPING
            if type(config) not in known:
                raise TransformersError(
                    f"transformers has no backbone for {name!r}, a {config.model_type}: "
                    "choose a model such as ConvNeXt, Swin or DINOv2"
                )
            if not with_weights:
                return known[type(config)](config)
            network, report = known[type(config)].from_pretrained(
                folder, config=config, local_files_only=True, output_loading_info=True, use_safetensors=True
            )
    except TransformersError:
        raise
    except Exception as error:  # what transformers raises depends on the model and on what is wrong
        raise TransformersError(
            f"{name!r} cannot be loaded as a backbone ({first_line(error)}): fetch it again, or choose another"
        ) from error
    missing = sorted(key for key in report["missing_keys"] if not key.startswith(_OF_BACKBONES_ALONE))
    if missing:
        # transformers would draw them anew, and the training would start from half a network.
        raise TransformersError(
            f"{name!r} lacks {len(missing)} of its backbone's weights ({first_few(missing)}): "
            "fetch it again, or start from none"
        )
    return network.float()


def _normalisation(path: Path) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation that the checkpoint's images are normalised by."""
    try:
        settings = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        mean = tuple(map(float, settings.get("image_mean") or IMAGENET_MEAN))
        std = tuple(map(float, settings.get("image_std") or IMAGENET_STD))
    except (ValueError, TypeError, AttributeError) as error:
        raise TransformersError(f"{path} cannot be read ({first_line(error)}): fetch it again, or remove it") from error
    if len(mean) != 3 or len(std) != 3 or min(std) <= 0:
        raise TransformersError(
            f"{path} has image_mean {mean} and image_std {std}, expected three numbers for RGB each"
        )
    return mean, std
