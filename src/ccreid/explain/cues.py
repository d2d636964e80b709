"""What a trained model looks at, and from where it recognises people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import spread_evenly
from ccreid.datasets.wardrobe_file import read_azimuths
from ccreid.errors import BadValueError
from ccreid.evaluation.evaluate import features_of_sets
from ccreid.explain.cue_shares import CueShares, measure_cue_shares
from ccreid.explain.cues_file import AREAS, BY_ANGLE, SHARES
from ccreid.explain.viewing_angles import ViewingAngle, rank1_by_angle
from ccreid.models.reid_model import ReIDModel
from ccreid.parts import Part


@dataclass(frozen=True, eq=False)
class Cues:
    """What `measure_cues` found.

    Attributes:
        shares: How much of the class activation maps falls on each part.
        rank1: Rank-1 accuracy across clothes in the whole gallery by the queries' viewing angle; empty on images of
            whose angle nothing is known, which are all but rendered ones.
    """

    shares: CueShares
    rank1: Mapping[ViewingAngle, float]

    def tree(self) -> dict[str, Any]:
        """Return the content of cues.json: shares and accuracies are fractions 0..1.

        `R1_by_angle` is left out where no angle is known, and in it an angle that no query is of.
        """
        return {
            SHARES: _by_part(self.shares.energy),
            AREAS: _by_part(self.shares.area),
            **({BY_ANGLE: dict(self.rank1)} if self.rank1 else {}),
            "images": self.shares.images,
            "map": f"{self.shares.cells[0]}x{self.shares.cells[1]}",
        }


def measure_cues(model: ReIDModel, data: PRCC, images: int | None = None) -> Cues:
    """Measure a model's cue shares on the test images, and on Wardrobe its rank-1 accuracy by viewing angle.

    Args:
        model: The model.
        data: Whose test images are used, those with a part map for the cue shares.
        images: Most images that cue shares are measured on, spread evenly over the test set; all for None.

    Returns:
        The shares, and the accuracy by viewing angle where angles are known.

    Raises:
        ValueError: `images` is below 1, or see `measure_cue_shares`.
        DataSetError: The data set's wardrobe.json is damaged.
    """
    if images is not None and images < 1:
        raise BadValueError(f"the number of images is {images}, expected at least 1")
    azimuths = read_azimuths(data.root, data.query_cross)
    everything = [*data.gallery, *data.query_same, *data.query_cross]
    records = [record for record in everything if record.parts is not None]
    chosen = records if images is None else spread_evenly(records, images)
    shares = measure_cue_shares(model, chosen)
    if azimuths is None:
        return Cues(shares, {})
    query, gallery = features_of_sets(model, (data.query_cross, data.gallery))
    return Cues(shares, rank1_by_angle(query, gallery, azimuths))


def _by_part(shares: torch.Tensor) -> dict[str, float]:
    return {part.name.lower(): float(shares[part]) for part in Part}
