"""From light to what is left of a person in footage: its exposure, its tones, few pixels, and compression."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ccreid.wardrobe.camera import Camera

_GREY = 0.2  # mean of linear light that automatic exposure aims at


@dataclass(frozen=True)
class Footage:
    """What a site's recorder makes of its camera's pictures.

    Attributes:
        gamma: Of the tones, 1 as the eye sees them, below 1 for brighter shadows.
        haze: Share of white in black, 0..1.
        saturation: Of the colours, 0 for grey, 1 as they are.
        pixels: Height of a person's box in the recording, in pixels.
        quality: Of the recording's compression, as of a JPEG.
    """

    gamma: float
    haze: float
    saturation: float
    pixels: float
    quality: int


def sample_footage(rng: np.random.Generator) -> Footage:
    """Draw a recorder; one in three has more pixels than are ever looked at."""
    return Footage(
        gamma=float(np.exp(rng.normal(0.0, 0.18))),
        haze=float(rng.beta(0.7, 10.0)),
        saturation=float(rng.uniform(0.65, 1.2)),
        pixels=float(72 * 3.5 ** rng.random()),
        quality=int(rng.integers(30, 96)),
    )


def develop(
    light: NDArray[np.float32], camera: Camera, footage: Footage, height: int, width: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return uint8 sRGB (height, width, 3) of linear light (H, W, 3) of a box of any shape.

    Args:
        light: float32 (H, W, 3), linear.
        camera: Whose sensor it is.
        footage: What becomes of it.
        height: Of the image, in pixels.
        width: Of the image, in pixels.
        rng: Draws exposure, distance and noise.
    """
    gain = camera.exposure * float(np.exp(rng.normal(0.0, 0.12))) * (_GREY / (float(light.mean()) + 0.01)) ** 0.7
    exposed = light * (gain * np.array(camera.white_balance) * rng.normal(1, 0.02, 3)).astype(np.float32)
    # Bright light runs softly into white instead of being cut off.
    np.minimum(
        exposed, 0.7 + 0.3 * (1.0 - np.exp((0.7 - exposed) / 0.3, dtype=np.float32)), out=exposed, where=exposed > 0.7
    )
    tones = np.power(exposed.clip(0.0, 1.0), np.float32(footage.gamma / 2.2))
    grey = tones.mean(axis=2, keepdims=True)
    tones = grey + (tones - grey) * np.float32(footage.saturation)
    tones = np.float32(footage.haze) + tones * np.float32(1 - footage.haze)
    # People come nearer and go farther, and not every box of a recording is as sharp as its pixels.
    rows = int(np.clip(footage.pixels * np.exp(rng.normal(0.0, 0.2)), 48, light.shape[0]))
    columns = max(16, round(rows * light.shape[1] / light.shape[0]))
    picture = Image.fromarray((tones * 255).clip(0, 255).astype(np.uint8)).resize(
        (columns, rows), Image.Resampling.BILINEAR
    )
    noisy = np.asarray(picture, dtype=np.float32)
    noisy = noisy + rng.standard_normal(noisy.shape, dtype=np.float32) * np.float32(255 * camera.noise)
    content = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(content, "JPEG", quality=footage.quality)
    with Image.open(content) as recorded:
        return np.asarray(recorded.resize((width, height), Image.Resampling.BICUBIC))
