"""The parser that ships with ccreid: small, quick, and trained on rendered people alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional

from ccreid.errors import BadValueError
from ccreid.parsing.labels import SIX_PARTS
from ccreid.parsing.parser import Parser
from ccreid.parsing.tiny.network import TinyNetwork, folded
from ccreid.parsing.tiny.weights import fingerprint, load_tiny

HEIGHT: Final = 256
"""That every image is resized to before it is parsed, in pixels."""
WIDTH: Final = 128
"""That every image is resized to before it is parsed, in pixels."""

SHIPPED: Final = Path(__file__).with_name("tiny.safetensors")
"""The file that ships with ccreid, trained on Wardrobe; it has never seen a photo."""


def tiny_parser(weights: Path | None = None, device: torch.device | str = "cpu") -> Parser:
    """Return the tiny parser: a network of 1.2 million weights of ours, trained from scratch on rendered people.

    Its labels are the six parts already. It was never trained on photos: look at what it makes of yours before you rely
    on it. Each image goes through the network on its own, so its map does not depend on the company it is in.

    Args:
        weights: A parser.safetensors of `ccreid train parser`; the file that ships with ccreid where None.
        device: Where the network runs.

    Raises:
        FileNotFoundError: There is no such file.
        WeightsError: The file is damaged or something else.

    Example:
        >>> parser = tiny_parser()
        >>> parser.parse([np.zeros((200, 90, 3), np.uint8)])[0].shape
        (200, 90)
    """
    path = SHIPPED if weights is None else weights
    return network_parser(load_tiny(path), fingerprint(path), device)


def network_parser(network: TinyNetwork, mark: str, device: torch.device | str = "cpu") -> Parser:
    """Return a network as a parser; see `tiny_parser`.

    Args:
        network: In any mode and place; it stays as it is.
        mark: The parser's fingerprint.
        device: Where a copy of the network runs.
    """
    network = folded(network).to(device)

    def parse(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        with torch.inference_mode():
            return [_parse(network, image, device) for image in images]

    return Parser("tiny", SIX_PARTS, parse, mark)


def _parse(network: TinyNetwork, image: NDArray[np.uint8], device: torch.device | str) -> NDArray[np.uint8]:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise BadValueError(f"an image is {image.dtype} {image.shape}, expected RGB, uint8 (height, width, 3)")
    # As training images are read: a filter as wide as the image shrinks.
    resized = Image.fromarray(image).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
    pixels = torch.from_numpy(np.array(resized)).to(device).permute(2, 0, 1).unsqueeze(0)
    logits = network(pixels.float().div_(255).contiguous(memory_format=torch.channels_last))
    size = image.shape[:2]
    if size != (HEIGHT, WIDTH):
        logits = functional.interpolate(logits, size=size, mode="bilinear", align_corners=False)
    labels: NDArray[np.uint8] = logits[0].argmax(0).to(torch.uint8).cpu().numpy()
    return labels
