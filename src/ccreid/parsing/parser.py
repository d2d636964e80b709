"""What every human parser is and how it is called, and those that are known by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ccreid.errors import BadValueError, CcreidError, nearest
from ccreid.parsing.schp.checkpoints import PUBLISHED, REPOSITORY, SCHPDataset

LabelMaps = Callable[[Sequence[NDArray[np.uint8]]], list[NDArray[np.uint8]]]
"""From RGB images, uint8 (H, W, 3) each of its own size, to one label map (H, W) each, uint8, values of `labels`.

The map of an image must not depend on the other images of the call.
"""


@dataclass(frozen=True)
class Parser:
    """A human parser, ready to run.

    Attributes:
        name: As on the command line, such as "schp-atr".
        labels: Names of its labels, in the order of their values.
        parse: The function.
        fingerprint: Hexadecimal digest of what decides the label maps beside the image: the weights. Maps with another
            fingerprint are made anew when a parsing is resumed.
    """

    name: str
    labels: tuple[str, ...]
    parse: LabelMaps
    fingerprint: str


class ParserError(CcreidError, ValueError):
    """A parser's memory does not suffice, or it does not do what parsers do; the message names it."""


def label_maps(parser: Parser, images: Sequence[NDArray[np.uint8]], names: Sequence[object]) -> list[NDArray[np.uint8]]:
    """Call a parser, and check what it gives.

    Args:
        parser: Of any kind.
        images: RGB, uint8 (H, W, 3) each of its own size.
        names: What an error is to call each image.

    Returns:
        One label map each, uint8 (H, W), values of the parser's `labels`.

    Raises:
        ParserError: The memory does not suffice for so many images, or a map is missing, of another size or type than
            its image, or holds a label that the parser has not.
    """
    try:
        maps = parser.parse(images)
    except (RuntimeError, MemoryError) as error:
        if not isinstance(error, MemoryError) and "out of memory" not in str(error).lower():
            raise
        raise ParserError(
            f"{parser.name} has not enough memory for {len(images)} images: give a smaller batch"
        ) from error
    if len(maps) != len(images):
        raise ParserError(f"{parser.name} gave {len(maps)} label maps for {len(images)} images, expected one each")
    for labels, image, name in zip(maps, images, names, strict=True):
        if labels.dtype != np.uint8 or labels.shape != image.shape[:2]:
            raise ParserError(
                f"{parser.name} gave a label map of {labels.dtype} {labels.shape} for {name}, "
                f"expected uint8 {image.shape[:2]}"
            )
        if labels.size and labels.max() >= len(parser.labels):
            raise ParserError(
                f"{parser.name} gave the label {labels.max()} for {name}, expected 0..{len(parser.labels) - 1}"
            )
    return maps


LICENCES: Final = (
    "mattmdjaga/segformer_b2_clothes (ATR's 18 labels) is tagged MIT, but was trained from NVIDIA's SegFormer weights, "
    "whose licence is non-commercial, and so was fashn-human-parser; Sapiens is CC-BY-NC."
)


def _schp(dataset: SCHPDataset, what: str) -> str:
    return f"{what}; --weights {PUBLISHED[dataset].file}, which {REPOSITORY} links (MIT)"


PARSERS: Final = {
    "schp-atr": _schp("atr", "the paper's parser, clothes and body of ATR"),
    "schp-lip": _schp("lip", "clothes and body of LIP"),
    "schp-pascal": _schp("pascal", "body alone, no clothes"),
    "segformer": "--weights NAME or FOLDER, any semantic-segmentation checkpoint of transformers that names clothes; "
    f"most are not for commercial use: {LICENCES}",
    "tiny": "ships with ccreid (MIT) and needs nothing; trained on rendered people only, never on photos",
    "mask6": "reads the authors' soft masks: IMAGES is their mask_6 folder of .npy files",
}
"""What each parser is, needs and is licensed under, by its name."""

_DATASETS: Final[dict[str, SCHPDataset]] = {f"schp-{dataset}": dataset for dataset in PUBLISHED}


def build_parser(name: str, weights: str | Path | None = None, device: str = "auto") -> Parser:
    """Build a parser by its name.

    Args:
        name: One of `PARSERS`.
        weights: The file of its weights; for segformer a checkpoint's name or folder. tiny has its own, mask6 none.
        device: auto, cpu, cuda, cuda:1, ...

    Raises:
        ValueError: There is no such parser, weights or device, or the parser needs weights or takes none.
    """
    check_choice(name, weights)
    if name == "mask6":
        from ccreid.parsing.mask6 import mask6_parser

        return mask6_parser()
    from ccreid.device import pick_device

    place = pick_device(device)
    if name == "tiny":
        from ccreid.parsing.tiny.parser import tiny_parser

        return tiny_parser(None if weights is None else Path(weights), place)
    if name == "segformer":
        from ccreid.parsing.segformer import segformer_parser

        return segformer_parser(str(weights), place)
    from ccreid.parsing.schp.parser import schp_parser

    return schp_parser(_DATASETS[name], Path(str(weights)), place)


def check_choice(name: str, weights: str | Path | None) -> None:
    """Check what can be checked of a choice of parser without building it.

    Args:
        name: As for `build_parser`.
        weights: As for `build_parser`.

    Raises:
        ValueError: There is no such parser, or it needs weights or takes none.
    """
    if name not in PARSERS:
        raise BadValueError(f"there is no parser {name!r}: {nearest(name, PARSERS)}")
    if name == "mask6" and weights is not None:
        raise BadValueError(f"mask6 reads masks and takes no weights, and was given {weights}: leave them out")
    if name not in {"mask6", "tiny"} and weights is None:
        raise BadValueError(f"{name} needs its weights: {PARSERS[name]}")
