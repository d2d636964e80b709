"""The checkpoints that SCHP's authors published; without the network, so that help texts can name them."""

from typing import Final, Literal, NamedTuple

from ccreid.parsing.labels import ATR, LIP, PASCAL

SCHPDataset = Literal["atr", "lip", "pascal"]


class Published(NamedTuple):
    """A checkpoint: its file's name, the names of its labels, and the side of its square input in pixels."""

    file: str
    labels: tuple[str, ...]
    input_size: int


PUBLISHED: Final[dict[SCHPDataset, Published]] = {
    "atr": Published("exp-schp-201908301523-atr.pth", ATR, 512),
    "lip": Published("exp-schp-201908261155-lip.pth", LIP, 473),
    "pascal": Published("exp-schp-201908270938-pascal-person-part.pth", PASCAL, 512),
}
REPOSITORY: Final = "https://github.com/GoGoDuck912/Self-Correction-Human-Parsing"
"""Where the authors link their checkpoints; MIT licence."""
