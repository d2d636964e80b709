"""The paper's own figures on PRCC (Shu et al. 2021), to stand beside ours and never to be mixed with them."""

from typing import Final, NamedTuple


class PaperFigure(NamedTuple):
    """Percentages that the paper reports on PRCC under the all-gallery protocol; None where it reports none."""

    cross_R1: float  # noqa: N815  # R1 is the field's name for it
    cross_mAP: float | None = None  # noqa: N815
    same_R1: float | None = None  # noqa: N815
    same_mAP: float | None = None  # noqa: N815


_METHOD: Final = PaperFigure(65.8, 61.2, 99.5, 96.7)

TABLE_1: Final[dict[str, PaperFigure]] = {
    "hacnn": PaperFigure(21.8, None, 82.5),
    "stn": PaperFigure(27.5, None, 59.2),
    "pcb": PaperFigure(41.8, 38.7, 99.8, 97.0),
    "mgn": PaperFigure(33.8, 35.9, 99.5, 98.4),
    "hpm": PaperFigure(40.4, 37.2, 99.4, 96.9),
    "gi_reid": PaperFigure(37.6, None, 86.0),
    "vgg16_sketch": PaperFigure(18.79, None, 54.00),
    "sketchnet": PaperFigure(17.9, None, 64.6),
    "spt": PaperFigure(34.4, None, 64.2),
    "pixel_sampling_mse": _METHOD,
}
"""Comparison with other systems; by the name of our recipe, as all four tables are."""

TABLE_2: Final[dict[str, PaperFigure]] = {
    "baseline": PaperFigure(36.3, 33.7),
    "pixel_sampling": PaperFigure(62.2, 56.6),
    "pixel_sampling_mse": PaperFigure(65.8, 61.2),
    "random_erasing": PaperFigure(46.5, 45.3),
    "pixel_sampling_mse_re": PaperFigure(67.7, 62.3),
}
"""Ablation of the method's components, across clothes."""

TABLE_3: Final[dict[str, PaperFigure]] = {
    "pcb": PaperFigure(41.8, 38.7),
    "pcb_pixel_sampling": PaperFigure(55.3, 50.6),
    "mgn": PaperFigure(33.8, 35.9),
    "mgn_pixel_sampling": PaperFigure(59.5, 56.5),
    "hpm": PaperFigure(40.4, 37.2),
    "hpm_pixel_sampling": PaperFigure(56.5, 51.5),
}
"""Other systems without and with pixel sampling, across clothes."""

TABLE_4: Final[dict[str, PaperFigure]] = {
    "face": PaperFigure(2.97, None, 4.75),
    "head": PaperFigure(36.8, 27.5, 88.2, 67.7),
    "head_body": PaperFigure(45.4, 38.1, 99.8, 93.7),
    "pixel_sampling_mse": _METHOD,
}
"""What single cues of a person give."""
