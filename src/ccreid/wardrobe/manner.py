"""How a person of a crowd walks this time: hurried, strolling or standing, with arms that swing or hold something."""

from dataclasses import dataclass, replace

import numpy as np

from ccreid.wardrobe.crowd_outfit import Bag
from ccreid.wardrobe.identity import Gait

_STANDING, _HOLDING = 0.2, 0.3  # shares of the walks, and of the arms


@dataclass(frozen=True)
class Manner:
    """A gait, and the gait that the right arm moves by."""

    gait: Gait
    right_arm: Gait

    def carrying(self, bag: Bag | None) -> "Manner":
        """Return the manner with a straight arm where a bag hangs from the hand."""
        if bag is None or bag.style != "hand":
            return self
        if bag.left:
            return replace(self, gait=_straight(self.gait))
        return replace(self, right_arm=_straight(self.right_arm))


def sample_manner(rng: np.random.Generator, gait: Gait) -> Manner:
    """Draw how a person walks.

    Args:
        rng: Draws everything.
        gait: As the person walks mostly.
    """
    pace = rng.uniform(0.02, 0.3) if rng.random() < _STANDING else rng.uniform(0.7, 1.15)
    now = replace(
        gait,
        stride=gait.stride * pace,
        knee_lift=gait.knee_lift * min(pace + 0.2, 1.0),
        arm_swing=gait.arm_swing * pace,
        twist=gait.twist * pace,
        lean=gait.lean + rng.normal(0.0, 0.03),
        head_pitch=gait.head_pitch + max(rng.normal(0.0, 0.12), -0.15),
        head_roll=gait.head_roll + rng.normal(0.0, 0.06),
    )
    return Manner(_arm(rng, now), _arm(rng, now))


def _straight(gait: Gait) -> Gait:
    return replace(gait, elbow=min(gait.elbow, 0.3))


def _arm(rng: np.random.Generator, gait: Gait) -> Gait:
    if rng.random() < _HOLDING:
        return replace(gait, elbow=rng.uniform(0.5, 2.0), arm_swing=gait.arm_swing * rng.uniform(0.0, 0.5))
    return replace(gait, elbow=gait.elbow * rng.uniform(0.5, 1.8))
