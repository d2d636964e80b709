"""Human parsing by any semantic-segmentation checkpoint of Hugging Face's transformers (extra `ccreid[parsing]`)."""

import hashlib
import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ccreid.errors import first_few, first_line
from ccreid.parsing.parser import Parser
from ccreid.transformers_package import CONFIG, PREPROCESSOR, import_transformers, quiet
from ccreid.weight_files import WeightsError, fingerprint

# Of a repository that has both, only the first is fetched.
_WEIGHTS: Final = ("model*.safetensors", "pytorch_model*.bin")
# What would leave a map beside its image, though all become one size.
_MOVING_PIXELS: Final = ("do_center_crop", "do_pad")


def segformer_parser(checkpoint: str, device: str | torch.device = "cpu", batch: int | None = None) -> Parser:
    """Load a semantic-segmentation checkpoint of transformers as a parser, such as a SegFormer (Xie et al. 2021).

    Images are prepared by transformers' own image processor, as the checkpoint's preprocessor_config.json says, or as
    SegFormer's where it has none; the logits are brought to each image's size bilinearly, and the greatest decides. The
    labels are the `id2label` of its config.json.

    On licences: `mattmdjaga/segformer_b2_clothes` has ATR's 18 labels in the same order and is tagged MIT, but was
    trained from NVIDIA's SegFormer weights, whose licence is non-commercial, and so was `fashn-human-parser`; Sapiens
    is CC-BY-NC. `ccreid.parsing.known_parsers` says the same where a user chooses.

    Args:
        checkpoint: A local folder, or the name of a repository on the Hugging Face hub. The latter is downloaded into
            the hub's cache where it is not there yet; no code of the repository is run.
        device: Where the network runs.
        batch: Images in a forward pass; None takes 1 on a CPU and 8 elsewhere. The last pass of a call is filled up
            with zeros, so that an image's map does not depend on how many come with it.

    Returns:
        The parser "segformer". Its fingerprint is of the content of the checkpoint's weights and its two JSON files,
        wherever they lie.

    Raises:
        ImportError: transformers is not installed.
        WeightsError: There is no such checkpoint, it is damaged, lacks weights, does not number its labels from 0, or
            does not bring every image to one size as a whole.
    """
    transformers = import_transformers()
    device = torch.device(device)
    folder = _folder(checkpoint)
    prepare, height, width = _preprocessing(transformers, folder, checkpoint)
    network, labels = _network(transformers, folder, checkpoint)
    network.to(device)
    per_pass = batch if batch is not None else (1 if device.type == "cpu" else 8)

    @torch.inference_mode()
    def parse(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        maps: list[NDArray[np.uint8]] = []
        for first in range(0, len(images), per_pass):
            some = images[first : first + per_pass]
            inputs = torch.zeros((per_pass, 3, height, width), device=device)
            for place, image in enumerate(some):
                inputs[place] = prepare(image)
            logits = network(inputs).logits
            maps += [_label_map(logits[place], *image.shape[:2]) for place, image in enumerate(some)]
        return maps

    return Parser("segformer", labels, parse, _fingerprint(folder))


def _folder(checkpoint: str) -> Path:
    """Return the checkpoint's folder, in the hub's cache where it is no local one."""
    if Path(checkpoint).is_dir():
        return Path(checkpoint)
    hub = importlib.import_module("huggingface_hub")
    try:
        for weights in _WEIGHTS:
            files = [CONFIG, PREPROCESSOR, weights, f"{weights}.index.json"]
            folder = Path(hub.snapshot_download(checkpoint, allow_patterns=files))
            if any(folder.glob(weights)):
                return folder
    except Exception as error:  # the hub's client and what it fetches with refuse in many ways
        raise WeightsError(
            f"{checkpoint!r} is no folder, and cannot be had from the Hugging Face hub ({first_line(error)}): "
            "give a folder with config.json and model.safetensors, or a name like mattmdjaga/segformer_b2_clothes"
        ) from error
    raise WeightsError(f"{checkpoint!r} on the Hugging Face hub has no PyTorch weights: choose another checkpoint")


def _preprocessing(
    transformers: Any, folder: Path, checkpoint: str
) -> tuple[Callable[[NDArray[np.uint8]], Tensor], int, int]:
    """Return what makes the network's input (3, height, width) of an image (H, W, 3), and its height and width."""

    def prepare(image: NDArray[np.uint8]) -> Tensor:
        # Told where the channels are, for of an image of 3 pixels it would guess.
        prepared = processor(image, return_tensors="pt", input_data_format="channels_last")
        return cast(Tensor, prepared["pixel_values"][0])

    try:
        with quiet(transformers):
            processor = _image_processor(transformers, folder)
            # Two images of unlike sizes show whether all become one size, and every fault of an entry.
            flat, tall = (prepare(np.zeros((*size, 3), np.uint8)) for size in ((4, 9), (8, 5)))
    except Exception as error:  # what transformers raises depends on the entry that is wrong
        raise WeightsError(
            f"{checkpoint!r} has a {PREPROCESSOR} that cannot be followed ({first_line(error)}): "
            "fetch it again, or choose another checkpoint"
        ) from error
    moves = [wish for wish in _MOVING_PIXELS if getattr(processor, wish, None)]
    if moves or flat.shape != tall.shape or flat.shape[0] != 3:
        what = f"asks for {moves[0]}" if moves else f"makes {tuple(flat.shape)} and {tuple(tall.shape)} of two images"
        raise WeightsError(
            f"{checkpoint!r} has a {PREPROCESSOR} that {what}, expected the whole of every image in one height and "
            "width: choose another checkpoint"
        )
    return prepare, *flat.shape[1:]


def _image_processor(transformers: Any, folder: Path) -> Any:
    if (folder / PREPROCESSOR).is_file():
        # Pillow's, which needs no torchvision. Releases before 5 have no choice of a backend, and take it by themselves
        # where torchvision is not installed.
        return transformers.AutoImageProcessor.from_pretrained(
            folder, backend="pil", local_files_only=True, trust_remote_code=False
        )
    pillows = "SegformerImageProcessorPil"
    return getattr(transformers, pillows if hasattr(transformers, pillows) else "SegformerImageProcessor")()


def _network(transformers: Any, folder: Path, checkpoint: str) -> tuple[nn.Module, tuple[str, ...]]:
    try:
        with quiet(transformers):
            network, report = transformers.AutoModelForSemanticSegmentation.from_pretrained(
                folder, local_files_only=True, output_loading_info=True, trust_remote_code=False
            )
    except Exception as error:  # what transformers raises depends on the model and on what is wrong
        raise WeightsError(
            f"{checkpoint!r} cannot be loaded for semantic segmentation ({first_line(error)}): "
            "fetch it again, or choose a checkpoint with such a head"
        ) from error
    if missing := sorted(report["missing_keys"]):
        # transformers would draw them anew, and the maps would be noise.
        raise WeightsError(
            f"{checkpoint!r} lacks {len(missing)} of its network's weights ({first_few(missing)}): "
            "it was not trained for semantic segmentation, choose a checkpoint that was"
        )
    return network.float().requires_grad_(False).eval(), _labels(network.config.id2label, checkpoint)


def _labels(names: dict[int, str], checkpoint: str) -> tuple[str, ...]:
    if sorted(names) != list(range(len(names))) or len(names) > 256:
        raise WeightsError(
            f"{checkpoint!r} numbers the {len(names)} labels of its id2label {first_few(sorted(names))}, "
            "expected 0, 1, 2 and so on, at most 256 of them: choose another checkpoint"
        )
    return tuple(names[value] for value in range(len(names)))


def _label_map(logits: Tensor, height: int, width: int) -> NDArray[np.uint8]:
    large = functional.interpolate(logits[None], size=(height, width), mode="bilinear", align_corners=False)[0]
    return large.argmax(dim=0).to("cpu", torch.uint8).numpy()


def _fingerprint(folder: Path) -> str:
    weights = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin"))
    digest = hashlib.sha256()
    for path in [folder / CONFIG, folder / PREPROCESSOR, *weights]:
        if path.is_file():
            digest.update(f"{path.name} {fingerprint(path)}\n".encode())
    return digest.hexdigest()
