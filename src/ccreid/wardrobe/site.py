"""Where a crowd is seen: a place, and the camera that hangs in it with its own light, lens and recorder."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccreid.wardrobe.background import NO_BACKDROP
from ccreid.wardrobe.camera import Camera
from ccreid.wardrobe.colours import Colour
from ccreid.wardrobe.footage import Footage, sample_footage
from ccreid.wardrobe.place import Place, sample_place
from ccreid.wardrobe.scenery import paint_backdrop

_BARE = 0.25  # share of the sites without a backdrop


@dataclass(frozen=True)
class Site:
    """A place, what is behind it, its camera, and what becomes of the camera's pictures."""

    place: Place
    backdrop: NDArray[np.uint8]
    camera: Camera
    footage: Footage


def sample_site(rng: np.random.Generator) -> Site:
    """Draw a site: a camera between the height of a face and of a roof, in soft or hard, warm or cold light."""
    place = sample_place(rng)
    outdoors = place.kind == "yard" or bool(rng.random() < 0.4)
    hard = rng.uniform(0.1, 1.0)
    bright = rng.uniform(0.8, 1.1)
    camera = Camera(
        height=float(rng.uniform(1.3, 3.4)),
        light_azimuth=float(rng.uniform(-np.pi, np.pi)) if outdoors else float(rng.uniform(-1.6, 1.6)),
        light_elevation=float(rng.uniform(0.5, 1.35)),
        key=_tint(rng, 1.15 * hard * bright, 0.08),
        sky=_tint(rng, (0.95 - 0.55 * hard) * bright, 0.06),
        ground=_tint(rng, rng.uniform(0.12, 0.3) * bright, 0.1),
        white_balance=_tint(rng, 1.0, 0.04),
        exposure=float(np.exp(rng.normal(0.0, 0.25))),
        blur=0.0,
        noise=float(rng.uniform(0.0, 0.02)),
        quality=90,
    )
    backdrop = NO_BACKDROP if rng.random() < _BARE else paint_backdrop(rng, outdoors=outdoors)
    return Site(place, backdrop, camera, sample_footage(rng))


def _tint(rng: np.random.Generator, strength: float, spread: float) -> Colour:
    """Draw a light from warm to cold."""
    warm, green = rng.normal(0.0, spread), rng.normal(0.0, 0.3 * spread)
    red, blue = strength * np.exp(warm), strength * np.exp(-warm)
    return float(red), float(strength * np.exp(green)), float(blue)
