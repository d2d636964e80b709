"""Parsers without weights, which other processes can import."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ccreid.parsing.parser import Parser

LABELS = ("Background", "Hair", "Upper-clothes", "Pants", "Bag", "Left-leg", "Dress", "Right-leg")
"""Eight labels, so that merging changes something: the parts are 0, 1, 2, 3, 4, 5, 2, 5."""

FINGERPRINT = "f00d"


def eighths_of_red(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Label each pixel by the upper three bits of its red."""
    return [image[..., 0] >> 5 for image in images]


def company_matters(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Label by red, and by what else is in the batch, where, and how much of it: rounding, much enlarged."""
    offset = [int(image.astype(np.int64).sum()) * (place + 1) for place, image in enumerate(images)]
    shift = np.uint8((sum(offset) + len(images)) % 8)
    return [(image[..., 0] + shift) % 8 for image in images]


def fake_parser(parse=eighths_of_red, name: str = "fake", fingerprint: str = FINGERPRINT) -> Parser:  # type: ignore[no-untyped-def]
    return Parser(name, LABELS, parse, fingerprint)


def slow_parser(seconds: float) -> Parser:
    """Return a parser that takes its time over each batch, and minds the company."""

    def parse(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        time.sleep(seconds)
        return company_matters(images)

    return fake_parser(parse)


def parser_of_two(marks: Path, seconds: float) -> Parser:
    """Return a slow parser that leaves a mark when it starts and does so only when another process has started too."""
    parser = slow_parser(seconds)

    def parse(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        (marks / str(os.getpid())).touch()
        until = time.monotonic() + 120
        while len(list(marks.iterdir())) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        return parser.parse(images)

    return fake_parser(parse)


def parser_with_other_weights() -> Parser:
    """Return a parser whose weights differ between processes."""
    return fake_parser(fingerprint=str(os.getpid()))
