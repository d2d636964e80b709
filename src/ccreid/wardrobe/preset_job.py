"""The people of a preset: PRCC's three cameras, two outfits or more, as many images as the preset says."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from ccreid.wardrobe.job import IDENTITY, OUTFIT, PICTURE, PLACE, WALKS, Drawn, Truth, image_truth, random
from ccreid.wardrobe.presets import Preset

PLACES: Final = 4
"""Places of each camera."""


@dataclass(frozen=True)
class PresetJob:
    """All frames of one person before one camera.

    Cameras A and B see the person's first outfit, camera C the second and, with more than two, also the further ones.

    Attributes:
        root: Folder of the data set.
        preset: That the person is of.
        seed: Of everything.
        outfits: Of each person.
        identity: Number of the person.
        camera: A, B or C.
        frames: Number of images.
    """

    root: Path
    preset: Preset
    seed: int
    outfits: int
    identity: int
    camera: str
    frames: int

    @cached_property
    def names(self) -> list[Path]:
        """Paths of the images below rgb/ and, with another suffix, below parts/."""
        pid = f"{self.identity:03d}"
        if self.identity <= self.preset.train_identities:
            folder, prefix = Path("train", pid), f"{self.camera}_"
        else:
            folder, prefix = Path("test", self.camera, pid), ""
        return [folder / f"{prefix}cropped_rgb{frame:03d}.jpg" for frame in range(1, self.frames + 1)]

    def draw(self, wanted: Iterable[int]) -> Iterator[Drawn]:
        """Draw the images with these places in `names`."""
        from ccreid.wardrobe.body_cache import load_body
        from ccreid.wardrobe.camera import CAMERAS
        from ccreid.wardrobe.figure import Figure
        from ccreid.wardrobe.identity import sample_identity
        from ccreid.wardrobe.outfit import sample_outfit
        from ccreid.wardrobe.picture import take_picture
        from ccreid.wardrobe.place import sample_place
        from ccreid.wardrobe.walk import plan_walks

        camera = CAMERAS[self.camera]
        identity = sample_identity(random(self.seed, IDENTITY, self.identity))
        steps = plan_walks(self.frames, self._outfits(), PLACES, identity.gait, self._walk_random())
        figures: dict[int, Figure] = {}
        for index in wanted:
            step = steps[index]
            if step.outfit not in figures:
                outfit = sample_outfit(random(self.seed, OUTFIT, self.identity, step.outfit), identity)
                figures[step.outfit] = Figure(load_body(), identity, outfit)
            place = sample_place(random(self.seed, PLACE, ord(self.camera), step.place))
            rng = random(self.seed, PICTURE, self.identity, ord(self.camera), index + 1)
            mesh = figures[step.outfit].pose(step.phase)
            pixels, parts = take_picture(mesh, step.stand, place, camera, self.preset.height, self.preset.width, rng)
            yield Drawn(self.names[index], pixels, parts, camera.quality)

    def truth(self) -> Truth:
        """Return what is known of the person and of the images."""
        from ccreid.wardrobe.identity import sample_identity
        from ccreid.wardrobe.outfit import sample_outfit
        from ccreid.wardrobe.walk import plan_walks

        identity = sample_identity(random(self.seed, IDENTITY, self.identity))
        worn = [
            asdict(sample_outfit(random(self.seed, OUTFIT, self.identity, number), identity))
            for number in range(1, self.outfits + 1)
        ]
        steps = plan_walks(self.frames, self._outfits(), PLACES, identity.gait, self._walk_random())
        images = [
            image_truth(name, self.identity, self.camera, step) for name, step in zip(self.names, steps, strict=True)
        ]
        return Truth(self.identity, {**asdict(identity), "outfits": worn}, images)

    def _outfits(self) -> tuple[int, ...]:
        return tuple(range(2, self.outfits + 1)) if self.camera == "C" else (1,)

    def _walk_random(self) -> np.random.Generator:
        return random(self.seed, WALKS, self.identity, ord(self.camera))


def preset_jobs(root: Path, preset: Preset, seed: int, outfits: int) -> Iterator[PresetJob]:
    """Yield the jobs of a preset, training people first.

    Args:
        root: Folder of the data set.
        preset: How many people and images.
        seed: Of everything.
        outfits: Of each person.
    """
    people = preset.train_identities
    for identity in range(1, people + 1):
        own = _share(preset.train_images, people, identity - 1)
        for index, camera in enumerate("ABC"):
            yield PresetJob(root, preset, seed, outfits, identity, camera, _share(own, 3, index))
    for camera, images in zip("ABC", (preset.gallery_images, preset.same_images, preset.cross_images), strict=True):
        for index in range(preset.test_identities):
            frames = _share(images, preset.test_identities, index)
            yield PresetJob(root, preset, seed, outfits, people + 1 + index, camera, frames)


def _share(total: int, count: int, index: int) -> int:
    return total // count + (index < total % count)
