"""Human parsing by SCHP's published checkpoints (Li et al., TPAMI 2020), the parser whose masks the paper used."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ccreid.parsing.parser import Parser
from ccreid.parsing.schp.checkpoints import PUBLISHED, REPOSITORY, SCHPDataset
from ccreid.parsing.schp.network import SCHPNetwork
from ccreid.parsing.schp.norm import fold_norms
from ccreid.parsing.schp.warp import crop_to_square, uncrop_to_image
from ccreid.weight_files import WeightsError, fingerprint, misfit, read_state_dict

# In the order blue, green, red.
_MEAN: Final = (0.406, 0.456, 0.485)
_STD: Final = (0.225, 0.224, 0.229)


def schp_parser(
    dataset: SCHPDataset,
    weights: Path,
    device: str | torch.device = "cpu",
    batch: int | None = None,
    input_size: int | None = None,
) -> Parser:
    """Load SCHP as a parser.

    An image is cropped to the network's square input as the authors do (`ccreid.parsing.schp.warp`), its pixels rounded
    to whole values as theirs are; the logits are brought to the input's size, then to the image's, both bilinearly, and
    the greatest decides. Colours are normalised after the crop, so what the image does not cover is black to it.

    Args:
        dataset: Which labels, the checkpoint's: "atr", "lip" or "pascal".
        weights: The authors' checkpoint, or the same tensors in a .safetensors file.
        device: Where the network runs.
        batch: Images in a forward pass; None takes 1 on a CPU, where more are no faster, and 8 elsewhere. The last pass
            of a call is filled up with black, so that an image's map does not depend on how many come with it.
        input_size: Side of the square input; None takes the one that the checkpoint was trained for.

    Returns:
        The parser "schp-DATASET". Its fingerprint is of the file's content, the data set and the input size.

    Raises:
        WeightsError: The file is missing or damaged, or is not of this network and data set.
    """
    published = PUBLISHED[dataset]
    size = published.input_size if input_size is None else input_size
    device = torch.device(device)
    network = _network(dataset, weights).to(device)
    per_pass = batch if batch is not None else (1 if device.type == "cpu" else 8)

    @torch.inference_mode()
    def parse(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        maps: list[NDArray[np.uint8]] = []
        for first in range(0, len(images), per_pass):
            some = images[first : first + per_pass]
            crops = torch.zeros((per_pass, 3, size, size), device=device)
            for place, image in enumerate(some):
                crops[place] = _crop(image, size, device)
            logits = network(_normalised(crops))
            logits = functional.interpolate(logits, size=(size, size), mode="bilinear", align_corners=True)
            maps += [_label_map(logits[place], *image.shape[:2]) for place, image in enumerate(some)]
        return maps

    return Parser(f"schp-{dataset}", published.labels, parse, _fingerprint(dataset, size, weights))


def _network(dataset: SCHPDataset, weights: Path) -> SCHPNetwork:
    published = PUBLISHED[dataset]
    where = f"SCHP's checkpoint of {dataset} is the file {published.file}, which {REPOSITORY} links"
    try:
        found = read_state_dict(weights)
    except WeightsError as error:
        raise WeightsError(f"{error}; {where}") from error
    # Files that were saved anew from a network with plain batch norms have its counters of batches.
    state = {key: value for key, value in found.items() if not key.endswith("num_batches_tracked")}
    with torch.device("meta"):  # nothing is drawn for weights that the file brings
        network = SCHPNetwork(len(published.labels))
    if faults := misfit(network.state_dict(), state):
        raise WeightsError(f"{weights} does not fit SCHP's network for {dataset} ({faults}): {where}")
    network.load_state_dict(state, strict=True, assign=True)
    network.float().requires_grad_(False)
    fold_norms(network)
    return network.eval()


def _crop(image: NDArray[np.uint8], size: int, device: torch.device) -> Tensor:
    """Return the crop (3, size, size) of an RGB image (H, W, 3) in the order blue, green, red; whole values 0..255."""
    rgb = torch.from_numpy(np.array(image, order="C")).to(device)  # a copy: Pillow's arrays are not to be written to
    return crop_to_square(rgb.flip(2).permute(2, 0, 1).float(), size).round()


def _normalised(crops: Tensor) -> Tensor:
    mean = crops.new_tensor(_MEAN)[:, None, None]
    std = crops.new_tensor(_STD)[:, None, None]
    return (crops / 255 - mean) / std


def _label_map(logits: Tensor, height: int, width: int) -> NDArray[np.uint8]:
    labels = uncrop_to_image(logits, height, width).argmax(dim=0)
    return labels.to("cpu", torch.uint8).numpy()


def _fingerprint(dataset: str, size: int, weights: Path) -> str:
    return hashlib.sha256(f"schp {dataset} {size} {fingerprint(weights)}".encode()).hexdigest()
