"""One person of a crowd: drawn in all outfits, in the order of the walks."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ccreid.wardrobe.crowd import Crowd, Walk, plan_crowd_walks, stroll
from ccreid.wardrobe.identity import Identity, sample_identity
from ccreid.wardrobe.job import IDENTITY, OUTFIT, PICTURE, SITE, WALKS, Drawn, Truth, random
from ccreid.wardrobe.walk import Step


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
        from ccreid.wardrobe.outfit import sample_outfit
        from ccreid.wardrobe.picture import take_picture
        from ccreid.wardrobe.site import sample_site

        identity = self._person()
        steps = self._steps(identity)
        figures: dict[int, Figure] = {}
        for index in wanted:
            walk, step = steps[index]
            if step.outfit not in figures:
                outfit = sample_outfit(random(self.seed, OUTFIT, self.identity, step.outfit), identity)
                figures = {step.outfit: Figure(load_body(), identity, outfit)}
            site = sample_site(random(self.seed, SITE, ord(walk.camera), step.place))
            rng = random(self.seed, PICTURE, self.identity, index)
            mesh = figures[step.outfit].pose(step.phase)
            height, width = self.crowd.height, self.crowd.width
            pixels, parts = take_picture(mesh, step.stand, site.place, site.camera, height, width, rng)
            yield Drawn(self.names[index], pixels, parts, site.camera.quality)

    def truth(self) -> Truth:
        """Return what is known of the person and of the images."""
        from ccreid.wardrobe.outfit import sample_outfit

        identity = self._person()
        worn = [
            asdict(sample_outfit(random(self.seed, OUTFIT, self.identity, number), identity))
            for number in range(1, self.crowd.outfits + 1)
        ]
        images = [
            {
                "path": name.as_posix(),
                "identity": self.identity,
                "outfit": step.outfit,
                "camera": walk.camera,
                "place": step.place,
                "walk": step.walk,
                "phase": round(step.phase, 4),
                "azimuth": round(step.stand.azimuth, 4),
            }
            for name, (walk, step) in zip(self.names, self._steps(identity), strict=True)
        ]
        return Truth(self.identity, {**asdict(identity), "outfits": worn}, images)

    def _person(self) -> Identity:
        return sample_identity(random(self.seed, IDENTITY, self.identity))

    def _walks(self) -> list[Walk]:
        return plan_crowd_walks(self.crowd, self.identity, random(self.seed, WALKS, self.identity))

    def _steps(self, identity: Identity) -> list[tuple[Walk, Step]]:
        """Return walk and step of each image; the walks are seen from all sides."""
        rng = random(self.seed, WALKS, self.identity, 1)
        walks = self._walks()
        sides = (rng.permutation(len(walks)) + rng.random(len(walks))) * (2 * np.pi / len(walks))
        return [
            (walk, step)
            for walk, side in zip(walks, sides, strict=True)
            for step in stroll(walk, self.crowd.images_per_walk, float(side), identity.gait, rng)
        ]


def crowd_jobs(root: Path, crowd: Crowd, seed: int) -> Iterator[CrowdJob]:
    """Yield the jobs of a crowd, training people first.

    Args:
        root: Folder of the data set.
        crowd: How many people and images.
        seed: Of everything.
    """
    for identity in range(1, crowd.people + 1):
        yield CrowdJob(root, crowd, seed, identity)
