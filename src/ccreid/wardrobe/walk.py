"""Walks past a camera: where a person is and which phase of the step they are in, frame by frame."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ccreid.wardrobe.identity import Gait

# Towards the camera, past it, away from it; radians.
_DIRECTIONS: Final = (0.0, np.pi / 2, np.pi)
_FRAMES_IN_A_WALK: Final = 12


@dataclass(frozen=True)
class Stand:
    """Where a person is and whereto they face.

    Attributes:
        x: Metres right of the camera's axis.
        y: Metres before the camera.
        heading: Radians around the vertical; 0 faces along the camera's axis towards it, positive turns to its right.
    """

    x: float
    y: float
    heading: float

    @property
    def azimuth(self) -> float:
        """Angle from which the camera sees the person, -pi to pi: 0 from the front, +-pi from behind."""
        facing, towards = self.heading, float(np.arctan2(-self.x, self.y))
        return float((facing - towards + np.pi) % (2 * np.pi) - np.pi)


@dataclass(frozen=True)
class Step:
    """One frame of a walk.

    Attributes:
        walk: Number of the walk among the person's before this camera, from 0.
        outfit: Number of the outfit, from 1.
        place: Number of the camera's place.
        phase: Of the walk cycle, radians, growing within a walk.
        stand: Where the person is.
    """

    walk: int
    outfit: int
    place: int
    phase: float
    stand: Stand


def plan_walks(frames: int, outfits: tuple[int, ...], places: int, gait: Gait, rng: np.random.Generator) -> list[Step]:
    """Split a person's frames before one camera into walks, in the order of their frames.

    Each outfit gets its share of the frames, and at least three walks where it has three frames: towards the camera,
    past it and away, so that front, side and back are seen. Frames of a walk follow each other in phase and in space.

    Args:
        frames: Number of frames in all.
        outfits: Numbers of the outfits that the camera sees.
        places: Number of places that the camera has.
        gait: The person's, which sets the length of the stride.
        rng: Draws everything.
    """
    steps: list[Step] = []
    walk = 0
    for index, outfit in enumerate(outfits):
        own = frames // len(outfits) + (index < frames % len(outfits))
        walks = max(min(own, 3), round(own / _FRAMES_IN_A_WALK))
        directions = rng.permutation(3)
        for number in range(walks):
            count = own // walks + (number < own % walks)
            direction = _DIRECTIONS[directions[number % 3]]
            steps += _one_walk(walk, outfit, int(rng.integers(places)), count, direction, gait, rng)
            walk += 1
    return steps


def _one_walk(
    walk: int, outfit: int, place: int, count: int, direction: float, gait: Gait, rng: np.random.Generator
) -> list[Step]:
    heading = (direction if rng.random() < 0.5 else -direction) + rng.uniform(-0.45, 0.45)
    drift = rng.uniform(-0.03, 0.03)
    advance = 2 * np.pi / rng.uniform(8, 14)
    start = rng.uniform(0, 2 * np.pi)
    # A cycle is two steps; their length follows from the swing of the thighs.
    metres = 3.2 * np.sin(gait.stride) * advance / (2 * np.pi)
    way = metres * (count - 1)
    towards = np.array([np.sin(heading), -np.cos(heading)])
    # The middle of the walk is before the middle of the place, so that the walk stays in it.
    middle = np.array([rng.uniform(-0.9, 0.9), rng.uniform(6.0, 7.5)])
    steps = []
    for frame in range(count):
        place_now = np.clip(middle + towards * (metres * frame - way / 2), (-1.7, 4.6), (1.7, 9.0))
        phase = float((start + advance * frame) % (2 * np.pi))
        stand = Stand(float(place_now[0]), float(place_now[1]), float(heading + drift * frame))
        steps.append(Step(walk, outfit, place, phase, stand))
    return steps
