"""The human parsers that are known by name: what each needs, and how it is built."""

from pathlib import Path
from typing import Final

from ccreid.errors import BadValueError, nearest
from ccreid.parsing.parser import Parser
from ccreid.parsing.schp.checkpoints import PUBLISHED, REPOSITORY, SCHPDataset

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
    "lite": "taken where none is named; ships with ccreid (MIT), needs nothing; trained on photos and rendered people",
    "onnx:FILE": "any segmentation network in ONNX; --merge MERGE.yaml says how it is fed and what its labels are, the "
    "file beside FILE that ends in .yaml where left out; needs ccreid[onnx]",
    "mask6": "reads the authors' soft masks: IMAGES is their mask_6 folder of .npy files",
}
"""What each parser is, needs and is licensed under, by its name."""

_ONNX: Final = "onnx:"

_DATASETS: Final[dict[str, SCHPDataset]] = {f"schp-{dataset}": dataset for dataset in PUBLISHED}


def build_parser(
    name: str, weights: str | Path | None = None, device: str = "auto", merge: Path | None = None
) -> Parser:
    """Build a parser by its name.

    Args:
        name: One of `PARSERS`.
        weights: The file of its weights; for segformer a checkpoint's name or folder. lite has its own, mask6 none.
        device: auto, cpu, cuda, cuda:1, ...
        merge: For onnx:FILE, its merge file; the one beside it where None. Other parsers are built without.

    Raises:
        ValueError: There is no such parser, weights or device, or the parser needs weights or takes none.
    """
    check_choice(name, weights)
    if name == "mask6":
        from ccreid.parsing.mask6 import mask6_parser

        return mask6_parser()
    if name.startswith(_ONNX):
        from ccreid.parsing.onnx.parser import onnx_parser

        return onnx_parser(Path(name.removeprefix(_ONNX)), merge, device)
    from ccreid.device import pick_device

    place = pick_device(device)
    if name == "lite":
        from ccreid.parsing.lite.parser import lite_parser

        return lite_parser(None if weights is None else Path(weights), place)
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
    if name.startswith(_ONNX):
        if weights is not None:
            raise BadValueError(f"{name} names its file itself, and was given the weights {weights}: leave them out")
        return
    if name not in PARSERS:
        raise BadValueError(f"there is no parser {name!r}: {nearest(name, PARSERS)}")
    if name == "mask6" and weights is not None:
        raise BadValueError(f"mask6 reads masks and takes no weights, and was given {weights}: leave them out")
    if name not in {"mask6", "lite"} and weights is None:
        raise BadValueError(f"{name} needs its weights: {PARSERS[name]}")
