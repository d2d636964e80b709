"""A view of a person as a detector and a poor camera would hand it out: cropped anew, small, and compressed."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ccreid.errors import BadValueError
from ccreid.parts import IGNORED, Part

# Margins around the person, as shares of its size: at most, and where a view cuts into it.
_MARGIN = 0.17
_CUT = 0.07
# Share of the views that show nearly the whole picture, however much of it is around the person.
_WHOLE = 0.25
# Width by height of a crop before it is stretched to the network's size.
_ASPECT = (0.4, 0.6)
_QUALITY = (20, 90)


@dataclass(frozen=True)
class PersonView:
    """Crops a picture around its person, shrinks it, compresses it and resizes it to what a network takes.

    Args:
        height: Of the view, in pixels.
        width: Of the view, in pixels.
        smallest: Least height of the picture in between, in pixels; the heights up to the view's own are uniform in
            their logarithm, and three in ten views are not shrunk further.
        cut: Share of the crops that may cut into the person at each side, 0..1.
        compressed: Share of the pictures that are compressed as JPEG, 0..1.

    Raises:
        BadValueError: A value is out of its range.
    """

    height: int
    width: int
    smallest: int
    cut: float = 0.2
    compressed: float = 0.5

    def __post_init__(self) -> None:
        if not 8 <= self.smallest <= self.height:
            raise BadValueError(f"the smallest view is {self.smallest} pixels high, expected 8..{self.height}")
        for name, share in (("cut", self.cut), ("compressed", self.compressed)):
            if not 0 <= share <= 1:
                raise BadValueError(f"the share of {name} views is {share}, expected 0..1")

    def __call__(
        self, image: NDArray[np.uint8], parts: NDArray[np.uint8], random: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return a view of an image, uint8 RGB (height, width, 3), and of its part map (height, width).

        Args:
            image: uint8 RGB (H, W, 3) of any size.
            parts: uint8 (H, W), parts and `IGNORED`.
            random: Source of the draws.
        """
        box = self._box(parts, random)
        shrunk = self.height
        if random.random() > 0.3:
            shrunk = round(self.smallest * (self.height / self.smallest) ** random.random())
        size = max(8, round(shrunk * random.uniform(*_ASPECT))), shrunk
        picture = Image.fromarray(image).resize(size, Image.Resampling.BILINEAR, box, reducing_gap=2.0)
        if random.random() < self.compressed:
            picture = _compressed(picture, int(random.integers(*_QUALITY, endpoint=True)))
        view = picture.resize((self.width, self.height), Image.Resampling.BILINEAR)
        seen = Image.fromarray(parts).resize((self.width, self.height), Image.Resampling.NEAREST, box)
        return np.asarray(view), np.asarray(seen)

    def _box(self, parts: NDArray[np.uint8], random: np.random.Generator) -> tuple[float, float, float, float]:
        """Draw a crop: left, top, right and bottom, inside of the picture."""
        height, width = parts.shape
        person = (parts != Part.BACKGROUND) & (parts != IGNORED)
        rows, columns = np.flatnonzero(person.any(axis=1)), np.flatnonzero(person.any(axis=0))
        if not len(rows):
            return 0.0, 0.0, float(width), float(height)
        left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
        if random.random() < _WHOLE:
            shares = random.uniform(0, 0.5, 4)
            inner = np.array([left, top, width - right, height - bottom]) * shares
            return float(inner[0]), float(inner[1]), float(width - inner[2]), float(height - inner[3])
        cuts = random.random(4) < self.cut
        margins = np.where(cuts, random.uniform(-_CUT, 0.02, 4), random.uniform(0, _MARGIN, 4))
        margins *= np.array([right - left, bottom - top, right - left, bottom - top])
        return (
            float(max(0, left - margins[0])),
            float(max(0, top - margins[1])),
            float(min(width, right + margins[2])),
            float(min(height, bottom + margins[3])),
        )


def _compressed(picture: Image.Image, quality: int) -> Image.Image:
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=quality)
    return Image.open(content)
