"""One picture of one person of a crowd, as a detector cuts it out of a site's footage."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ccreid.wardrobe.footage import develop
from ccreid.wardrobe.framing import frame_person
from ccreid.wardrobe.mesh import FigureMesh
from ccreid.wardrobe.picture import expose, in_world, stand_before
from ccreid.wardrobe.site import Site
from ccreid.wardrobe.walk import Stand

_OCCLUSION: Final = 0.12  # share of pictures in which something stands before the person


def take_snapshot(
    mesh: FigureMesh, stand: Stand, site: Site, height: int, width: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return an image, uint8 sRGB (height, width, 3), and its part map, uint8 (height, width); see `take_picture`.

    Args:
        mesh: The posed figure, in metres around its feet.
        stand: Where it stands, and whereto it faces.
        site: Where that is.
        height: Of the image, in pixels.
        width: Of the image, in pixels.
        rng: Draws the box, the noise and what stands before the person.
    """
    points, normals = in_world(mesh, stand)
    view, across = frame_person(site.camera, points, height, rng)
    picture, parts = expose(mesh, points, normals, stand, site.place, site.camera, view, height, across, site.backdrop)
    stand_before(picture, parts, rng, _OCCLUSION)
    seen = Image.fromarray(parts).resize((width, height), Image.Resampling.NEAREST)
    return develop(picture, site.camera, site.footage, height, width, rng), np.asarray(seen)
