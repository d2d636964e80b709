"""A crowd of any size to train on: how many people, in how many outfits, and before which cameras each one walks."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from ccreid.wardrobe.identity import Gait
from ccreid.wardrobe.walk import Stand, Step

CAMERAS: Final = "ABCDEF"
"""Cameras that training people walk past; test people walk past PRCC's A, B and C."""
SITES: Final = 60
"""Places that each camera hangs in, one after the other, each with its own light, lens and sensor."""
WALKS: Final = 2
"""Walks in each outfit, before different cameras where the person is for training."""

_TEST_SHARE: Final = 5
_MOST_TEST_PEOPLE: Final = 100


@dataclass(frozen=True)
class Crowd:
    """How many people and images there are.

    A fifth of the people, 100 at most, are for testing as in PRCC: camera A and B see their first outfit, camera C the
    others. All others are for training, in each outfit before two of six cameras, so that neither an outfit nor a
    camera tells who it is.

    Attributes:
        people: Number of them, at least 2.
        outfits: Of each person, at least 2.
        images_per_walk: Of each of the two walks that a person takes in each outfit before a camera.
        height: Of the images, in pixels.
        width: In pixels.
    """

    people: int
    outfits: int
    images_per_walk: int
    height: int = 256
    width: int = 128

    @property
    def test_people(self) -> int:
        """Number of the people for testing."""
        return min(max(self.people // _TEST_SHARE, 1), _MOST_TEST_PEOPLE)

    @property
    def train_people(self) -> int:
        """Number of the people for training, the first ones."""
        return self.people - self.test_people

    def settings(self) -> dict[str, Any]:
        """Return what wardrobe.json says of the crowd, with the counts that it says of a preset."""
        images = self.train_people * self.outfits * WALKS * self.images_per_walk
        counts = {"train_identities": self.train_people, "test_identities": self.test_people, "train_images": images}
        return {"name": "people", **asdict(self), **counts}


@dataclass(frozen=True)
class Walk:
    """One walk past a camera.

    Attributes:
        outfit: Number of the outfit, from 1.
        camera: Name of the camera.
        number: Of the walk among the person's before this camera, from 0.
        site: Number of the camera's place.
    """

    outfit: int
    camera: str
    number: int
    site: int


def plan_crowd_walks(crowd: Crowd, identity: int, rng: np.random.Generator) -> list[Walk]:
    """Return where a person walks, and what they wear.

    Args:
        crowd: That the person is of.
        identity: Number of the person, from 1.
        rng: Draws cameras and places.
    """
    if identity <= crowd.train_people:
        worn = [
            (outfit, CAMERAS[index])
            for outfit in range(1, crowd.outfits + 1)
            for index in rng.permutation(len(CAMERAS))[:WALKS]
        ]
    else:
        first = [(1, camera) for camera in "AB" for _ in range(WALKS)]
        worn = first + [(outfit, "C") for outfit in range(2, crowd.outfits + 1) for _ in range(WALKS)]
    walks: list[Walk] = []
    for outfit, camera in worn:
        number = sum(walk.camera == camera for walk in walks)
        walks.append(Walk(outfit, camera, number, int(rng.integers(SITES))))
    return walks


def stroll(walk: Walk, frames: int, azimuth: float, gait: Gait, rng: np.random.Generator) -> list[Step]:
    """Return the frames of one walk, in a curve, with enough time between them that no two look alike.

    Args:
        walk: Where it is.
        frames: Number of images.
        azimuth: Direction from which the camera sees the person at the start, in radians, 0 from the front.
        gait: The person's, which sets the length of the stride.
        rng: Draws the rest.
    """
    turn = rng.uniform(-0.5, 0.5)
    advance = rng.uniform(1.0, 4.0)
    phase = rng.uniform(0, 2 * np.pi)
    metres = 3.2 * np.sin(gait.stride) * advance / (2 * np.pi)
    x, y = rng.uniform(-1.4, 1.4), rng.uniform(5.0, 8.5)
    heading = azimuth + np.arctan2(-x, y)
    steps = []
    for frame in range(frames):
        stand = Stand(float(np.clip(x, -1.7, 1.7)), float(np.clip(y, 4.6, 9.0)), float(heading))
        cycle = float((phase + advance * frame) % (2 * np.pi))
        steps.append(Step(walk.number, walk.outfit, walk.site, cycle, stand))
        x, y = x + metres * np.sin(heading), y - metres * np.cos(heading)
        heading += turn
    return steps
