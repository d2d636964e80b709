"""The parser that ships with ccreid: small, quick, and trained on photos and rendered people."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from ccreid.errors import BadValueError
from ccreid.folding import for_inference
from ccreid.parsing.labels import SIX_PARTS
from ccreid.parsing.lite.network import LiteNetwork
from ccreid.parsing.lite.weights import load_lite
from ccreid.parsing.parser import Parser
from ccreid.parsing.second_look import look_twice
from ccreid.parts import NUM_PARTS, Part
from ccreid.weight_files import fingerprint

HEIGHT: Final = 256
"""That every image is resized to before it is parsed, in pixels."""
WIDTH: Final = 128
"""That every image is resized to before it is parsed, in pixels."""

_IS_PERSON: Final = np.arange(NUM_PARTS) != Part.BACKGROUND

SHIPPED: Final = Path(__file__).with_name("lite.safetensors")
"""The file that ships with ccreid; docs/parser_card.md says what it was trained on and what it fails at."""


def lite_parser(weights: Path | None = None, device: torch.device | str = "cpu") -> Parser:
    """Return the lite parser: EfficientNet-Lite0 and a light decoder, trained on photos and rendered people.

    Its labels are the six parts already. Look at what it makes of your photos before you rely on it. Each image goes
    through the network on its own, so its map does not depend on the company it is in, and the person alone a second
    time where that is a small part of the image.

    Args:
        weights: A parser.safetensors of `ccreid train parser`; the file that ships with ccreid where None.
        device: Where the network runs.

    Raises:
        FileNotFoundError: There is no such file.
        WeightsError: The file is damaged or something else.

    Example:
        >>> parser = lite_parser()
        >>> parser.parse([np.zeros((200, 90, 3), np.uint8)])[0].shape
        (200, 90)
    """
    path = SHIPPED if weights is None else weights
    return network_parser(load_lite(path), fingerprint(path), device)


def network_parser(network: LiteNetwork, mark: str, device: torch.device | str = "cpu") -> Parser:
    """Return a network as a parser; see `lite_parser`.

    Args:
        network: In any mode and place; it stays as it is.
        mark: The parser's fingerprint.
        device: Where a copy of the network runs.
    """
    # Folding looks at one image's way through the network; any will do.
    ready = for_inference(network, torch.full((1, 3, HEIGHT, WIDTH), 0.5, device=device), result=_itself)

    def look(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return _look(ready, image, device)

    def parse(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        for image in images:
            _check_image(image)
        return each_on_a_core(lambda image: look_twice(look, image, _IS_PERSON), images, device)

    return Parser("lite", SIX_PARTS, parse, mark)


def each_on_a_core(
    function: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
    images: Sequence[NDArray[np.uint8]],
    device: torch.device | str,
) -> list[NDArray[np.uint8]]:
    """Call a function for each image, as many at once as torch has threads, each with one; on a GPU one by one.

    The layers of so small a network are too short to be worth dividing: two images beside each other take a third less
    time than one after the other with two threads.

    Args:
        function: Runs a network, in inference mode.
        images: What it is called with.
        device: Where the network runs.

    Returns:
        What it returns, in the images' order.
    """
    threads = torch.get_num_threads()

    def call(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        with torch.inference_mode():
            return function(image)

    if threads == 1 or len(images) == 1 or torch.device(device).type != "cpu":
        return [call(image) for image in images]
    try:
        with ThreadPoolExecutor(threads, initializer=partial(torch.set_num_threads, 1)) as pool:
            return list(pool.map(call, images))
    finally:
        # What a thread says of itself also holds for threads that begin later.
        torch.set_num_threads(threads)


def _itself(logits: Tensor) -> Tensor:
    return logits


def _check_image(image: NDArray[np.uint8]) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise BadValueError(f"an image is {image.dtype} {image.shape}, expected RGB, uint8 (height, width, 3)")


def _look(network: nn.Module, image: NDArray[np.uint8], device: torch.device | str) -> NDArray[np.uint8]:
    # As training images are read: a filter as wide as the image shrinks.
    resized = Image.fromarray(image).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
    pixels = torch.from_numpy(np.array(resized)).to(device).permute(2, 0, 1).unsqueeze(0)
    logits = network(pixels.float().div_(255).contiguous(memory_format=torch.channels_last))
    size = image.shape[:2]
    if size != (HEIGHT, WIDTH):
        logits = functional.interpolate(logits, size=size, mode="bilinear", align_corners=False)
    labels: NDArray[np.uint8] = logits[0].argmax(0).to(torch.uint8).cpu().numpy()
    return labels
