"""Where a crowd is seen: a place, and the camera that hangs in it with its own light, lens and sensor."""

from dataclasses import dataclass

import numpy as np

from ccreid.wardrobe.camera import Camera
from ccreid.wardrobe.colours import Colour
from ccreid.wardrobe.place import Place, sample_place


@dataclass(frozen=True)
class Site:
    """A place and its camera."""

    place: Place
    camera: Camera


def sample_site(rng: np.random.Generator) -> Site:
    """Draw a site: a camera between the height of a face and of a roof, in soft or hard, warm or cold light."""
    place = sample_place(rng)
    hard = rng.uniform(0.25, 1.0)
    bright = rng.uniform(0.8, 1.1)
    camera = Camera(
        height=float(rng.uniform(1.4, 3.6)),
        light_azimuth=float(rng.uniform(-np.pi, np.pi)) if place.kind == "yard" else float(rng.uniform(-1.6, 1.6)),
        light_elevation=float(rng.uniform(0.5, 1.35)),
        key=_tint(rng, 1.15 * hard * bright, 0.08),
        sky=_tint(rng, (0.95 - 0.55 * hard) * bright, 0.06),
        ground=_tint(rng, rng.uniform(0.12, 0.3) * bright, 0.1),
        white_balance=_tint(rng, 1.0, 0.06),
        exposure=float(np.exp(rng.uniform(np.log(0.75), np.log(1.9)))),
        blur=float(rng.uniform(0.3, 1.0)),
        noise=float(rng.uniform(0.004, 0.03)),
        quality=int(rng.integers(60, 96)),
    )
    return Site(place, camera)


def _tint(rng: np.random.Generator, strength: float, spread: float) -> Colour:
    """Draw a light from warm to cold."""
    warm, green = rng.normal(0.0, spread), rng.normal(0.0, 0.3 * spread)
    red, blue = strength * np.exp(warm), strength * np.exp(-warm)
    return float(red), float(strength * np.exp(green)), float(blue)
