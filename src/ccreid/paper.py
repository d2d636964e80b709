"""The paper's own figures on PRCC (Shu et al. 2021), to stand beside ours and never to be mixed with them."""

from typing import Final, NamedTuple


class PaperFigure(NamedTuple):
    """Percentages that the paper reports on PRCC under the all-gallery protocol; None where it reports none."""

    cross_R1: float  # noqa: N815  # R1 is the field's name for it
    cross_mAP: float | None = None  # noqa: N815
    same_R1: float | None = None  # noqa: N815
    same_mAP: float | None = None  # noqa: N815


TABLE_2: Final[dict[str, PaperFigure]] = {
    "baseline": PaperFigure(36.3, 33.7),
    "pixel_sampling": PaperFigure(62.2, 56.6),
    "pixel_sampling_mse": PaperFigure(65.8, 61.2, 99.5, 96.7),
    "random_erasing": PaperFigure(46.5, 45.3),
    "pixel_sampling_mse_re": PaperFigure(67.7, 62.3),
}
"""Ablation of the method's components, across clothes; by the name of our recipe."""
