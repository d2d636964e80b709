"""Which training images are left out of pixel sampling, because their part maps are not plausible."""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

from ccreid.datasets.part_maps import read_parts
from ccreid.datasets.record import ImageRecord
from ccreid.errors import BadValueError
from ccreid.parsing.plausibility import plausibility
from ccreid.prefetch import prefetch

_AHEAD: Final = 64


def implausible_maps(records: Sequence[ImageRecord], least: float) -> Tensor:
    """Read the part maps of images, in threads, and tell which are less plausible than is asked for.

    The maps are judged as they are on disk, so that the figures are those of `ccreid parse`, whatever size is trained
    on and wherever its pixels come from.

    Args:
        records: The N training images, in the order of the batches' rows. One without a part map is not repainted
            anyway and counts as plausible.
        least: The plausibility that is asked for, 0..1.

    Returns:
        bool (N,).

    Raises:
        PartMapError: A part map cannot be read.
        BadValueError: No part map is as plausible.
    """

    def is_implausible(record: ImageRecord) -> bool:
        return record.parts is not None and plausibility(read_parts(record.parts)) < least

    left_out = torch.tensor(list(prefetch(is_implausible, records, _AHEAD)), dtype=torch.bool)
    if left_out.all():
        raise BadValueError(
            f"pixel_sampling.min_plausibility is {least}, and none of the {len(records)} part maps is as plausible: "
            "lower it, or make other part maps with `ccreid parse`"
        )
    return left_out
