"""From light to the pixels that a camera records: blur, exposure, white balance, tone curve and noise."""

import numpy as np
from numpy.typing import NDArray

from ccreid.wardrobe.camera import Camera


def record(light: NDArray[np.float32], camera: Camera, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return uint8 sRGB (H, W, 3) of linear light (H, W, 3); exposure and blur vary a little around the camera's.

    Args:
        light: float32 (H, W, 3), linear.
        camera: Whose sensor it is.
        rng: Draws the exposure, the blur and the noise.
    """
    gains = camera.exposure * np.array(camera.white_balance) * np.exp(rng.normal(0.0, 0.06)) * rng.normal(1, 0.012, 3)
    exposed = _blurred(light, camera.blur * float(rng.uniform(0.7, 1.3))) * gains.astype(np.float32)
    # Bright light runs softly into white instead of being cut off.
    bright = np.maximum(exposed - 0.8, 0.0)
    exposed = np.minimum(exposed, 0.8) + 0.2 * (1.0 - np.exp(-bright / 0.2, dtype=np.float32))
    encoded = np.power(np.clip(exposed, 0.0, 1.0), 1 / 2.2, dtype=np.float32)
    encoded += rng.standard_normal(light.shape, dtype=np.float32) * np.float32(camera.noise)
    return np.asarray((encoded * 255.0 + 0.5).clip(0, 255), dtype=np.uint8)


def _blurred(image: NDArray[np.float32], deviation: float) -> NDArray[np.float32]:
    """Blur with the three-tap filter of a variance; enough for less than a pixel."""
    side = np.float32(min(deviation * deviation / 2, 0.33))
    for axis in (0, 1):
        padded = np.concatenate([image.take([0], axis), image, image.take([-1], axis)], axis)
        count = image.shape[axis]
        before, after = padded.take(range(count), axis), padded.take(range(2, count + 2), axis)
        image = image * (1 - 2 * side) + (before + after) * side
    return image
