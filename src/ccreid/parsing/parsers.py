"""The parsers that `ccreid parse` knows by name."""

from pathlib import Path
from typing import Final, Literal

from ccreid.nearest import nearest
from ccreid.parsing.mask6 import mask6_parser
from ccreid.parsing.parser import Parser

PARSERS: Final = {
    "schp-atr": "the paper's parser, clothes of ATR; --weights exp-schp-201908301523-atr.pth from SCHP's authors (MIT)",
    "schp-lip": "clothes of LIP; --weights exp-schp-201908261155-lip.pth from SCHP's authors (MIT)",
    "schp-pascal": "body, no clothes; --weights exp-schp-201908270938-pascal-person-part.pth from SCHP's authors (MIT)",
    "segformer": "--weights NAME or FOLDER of a transformers checkpoint that labels clothes; most published ones come "
    "from NVIDIA's SegFormer weights, which are non-commercial whatever their page says",
    "tiny": "ships with ccreid (MIT), needs nothing; trained on rendered people only, never on photos",
    "mask6": "reads the authors' soft masks: IMAGES is their mask_6 folder of .npy files",
}
"""What each parser is, needs and is licensed under, by its name."""

_SCHP: Final[dict[str, Literal["atr", "lip", "pascal"]]] = {
    "schp-atr": "atr",
    "schp-lip": "lip",
    "schp-pascal": "pascal",
}


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
        return mask6_parser()
    from ccreid.device import pick_device

    place = pick_device(device)
    if name == "tiny":
        from ccreid.parsing.tiny import tiny_parser

        parser: Parser = tiny_parser(None if weights is None else Path(weights), place)
    elif name == "segformer":
        from ccreid.parsing.segformer import segformer_parser

        parser = segformer_parser(str(weights), place)
    else:
        from ccreid.parsing.schp import schp_parser

        parser = schp_parser(_SCHP[name], Path(str(weights)), place)
    return parser


def check_choice(name: str, weights: str | Path | None) -> None:
    """Check what can be checked of a choice of parser without building it.

    Raises:
        ValueError: There is no such parser, or it needs weights or takes none.
    """
    if name not in PARSERS:
        raise ValueError(f"there is no parser {name!r}: {nearest(name, PARSERS)}")
    if name == "mask6" and weights is not None:
        raise ValueError(f"mask6 reads masks and takes no weights, and was given {weights}: leave them out")
    if name not in {"mask6", "tiny"} and weights is None:
        raise ValueError(f"{name} needs its weights: {PARSERS[name]}")
