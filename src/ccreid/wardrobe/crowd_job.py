"""One person of a crowd: drawn in all outfits, in the order of the walks."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ccreid.wardrobe.crowd import CAMERAS, SITES, Crowd, Walk, plan_crowd_walks, stroll
from ccreid.wardrobe.crowd_outfit import Bag, Dress, sample_dress
from ccreid.wardrobe.identity import Identity, sample_identity
from ccreid.wardrobe.job import IDENTITY, OUTFIT, PICTURE, SITE, WALKS, Drawn, Truth, image_truth, random
from ccreid.wardrobe.manner import Manner, sample_manner
from ccreid.wardrobe.walk import Step

if TYPE_CHECKING:
    from ccreid.wardrobe.site import Site


@dataclass(frozen=True)
class CrowdJob:
    """All images of one person.

    Attributes:
        root: Folder of the data set.
        crowd: That the person is of.
        seed: Of everything.
        identity: Number of the person.
    """

    root: Path
    crowd: Crowd
    seed: int
    identity: int

    @cached_property
    def names(self) -> list[Path]:
        """Paths of the images below rgb/ and, with another suffix, below parts/."""
        training = self.identity <= self.crowd.train_people
        pid = f"{self.identity:03d}"
        names = []
        for walk in self._walks():
            folder = Path("train", pid) if training else Path("test", walk.camera, pid)
            prefix = f"{walk.camera}_" if training else ""
            start = 1 + walk.number * self.crowd.images_per_walk
            frames = range(start, start + self.crowd.images_per_walk)
            names += [folder / f"{prefix}cropped_rgb{frame:03d}.jpg" for frame in frames]
        return names

    def draw(self, wanted: Iterable[int]) -> Iterator[Drawn]:
        """Draw the images with these places in `names`."""
        from ccreid.wardrobe.body_cache import load_body
        from ccreid.wardrobe.figure import Figure
        from ccreid.wardrobe.shape import shape_body
        from ccreid.wardrobe.snapshot import take_snapshot
        from ccreid.wardrobe.wearer import measure

        identity, body = self._person(), load_body()
        wearer = measure(body, shape_body(body, identity))
        steps = self._steps(identity)
        figures: dict[int, tuple[Figure, Bag | None]] = {}
        for index in wanted:
            walk, step, manner = steps[index]
            if step.outfit not in figures:
                dress = self._dress(identity, step.outfit)
                figures = {step.outfit: (Figure(body, identity, dress.outfit, dress.bag, wearer), dress.bag)}
            site = _site(self.seed, walk.camera, step.place)
            rng = random(self.seed, PICTURE, self.identity, index)
            figure, bag = figures[step.outfit]
            mesh = figure.pose(step.phase, manner.carrying(bag))
            pixels, parts = take_snapshot(mesh, step.stand, site, self.crowd.height, self.crowd.width, rng)
            yield Drawn(self.names[index], pixels, parts, site.camera.quality)

    def truth(self) -> Truth:
        """Return what is known of the person and of the images."""
        identity = self._person()
        worn = [self._dress(identity, number).values() for number in range(1, self.crowd.outfits + 1)]
        images = [
            image_truth(name, self.identity, walk.camera, step)
            for name, (walk, step, _) in zip(self.names, self._steps(identity), strict=True)
        ]
        return Truth(self.identity, {**asdict(identity), "outfits": worn}, images)

    def _person(self) -> Identity:
        return sample_identity(random(self.seed, IDENTITY, self.identity))

    def _dress(self, identity: Identity, number: int) -> Dress:
        return sample_dress(random(self.seed, OUTFIT, self.identity, number), identity)

    def _walks(self) -> list[Walk]:
        return plan_crowd_walks(self.crowd, self.identity, random(self.seed, WALKS, self.identity))

    def _steps(self, identity: Identity) -> list[tuple[Walk, Step, Manner]]:
        """Return walk, step and manner of walking of each image; the walks are seen from all sides."""
        rng = random(self.seed, WALKS, self.identity, 1)
        walks = self._walks()
        sides = (rng.permutation(len(walks)) + rng.random(len(walks))) * (2 * np.pi / len(walks))
        steps = []
        for walk, side in zip(walks, sides, strict=True):
            manner = sample_manner(rng, identity.gait)
            strolled = stroll(walk, self.crowd.images_per_walk, float(side), manner.gait, rng)
            steps += [(walk, step, manner) for step in strolled]
        return steps


@lru_cache(maxsize=len(CAMERAS) * SITES)
def _site(seed: int, camera: str, number: int) -> "Site":
    from ccreid.wardrobe.site import sample_site

    return sample_site(random(seed, SITE, ord(camera), number))


def crowd_jobs(root: Path, crowd: Crowd, seed: int) -> Iterator[CrowdJob]:
    """Yield the jobs of a crowd, training people first.

    Args:
        root: Folder of the data set.
        crowd: How many people and images.
        seed: Of everything.
    """
    for identity in range(1, crowd.people + 1):
        yield CrowdJob(root, crowd, seed, identity)
