"""Other clothes for a photo: its own are repainted with those of other photos, as pixel sampling does in training."""

from collections.abc import Iterable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ccreid.augment.pixel_sampling import repaint
from ccreid.errors import BadValueError
from ccreid.parsing.parse_images import parse_images
from ccreid.parsing.parser import Parser
from ccreid.parts import CLOTHES

# Share of a photo's pixels below which a part is taken for a mistake of the parser.
_LEAST: Final = 0.01


def other_clothes(photo: NDArray[np.uint8], donors: Iterable[NDArray[np.uint8]], parser: Parser) -> NDArray[np.uint8]:
    """Return a photo in clothes of others, Eq. (1)-(2) of Shu et al. 2021 with the donors' pixels first in the bank.

    Donors are taken until they have a pixel for each of the photo's clothes, or there are no more; where they have
    fewer, the photo's own fill the rest.

    Args:
        photo: RGB (H, W, 3).
        donors: Photos of other people, each of its own size.
        parser: Finds the clothes.

    Returns:
        RGB (H, W, 3); what is not upper clothes or pants is as it was.

    Raises:
        BadValueError: No clothes are found on the photo, or none on the donors.
    """
    height, width = photo.shape[:2]
    parts = [_parts(photo, parser)]
    images = [photo]
    worn = [part for part in CLOTHES if (parts[0] == part).mean() >= _LEAST]
    if not worn:
        raise BadValueError("no clothes were found on this photo: choose one that shows the whole person")
    missing = {part: int((parts[0] == part).sum()) for part in worn}
    for donor in donors:
        images.append(np.array(Image.fromarray(donor).resize((width, height), Image.Resampling.BILINEAR)))
        parts.append(_parts(images[-1], parser))
        missing = {part: left - int((parts[-1] == part).sum()) for part, left in missing.items()}
        if max(missing.values()) <= 0:
            break
    if all(left >= (parts[0] == part).sum() for part, left in missing.items()):
        raise BadValueError("no clothes were found on the gallery's photos that could be tried: add more photos")
    # The photo itself comes last: its own pixels are for what the donors leave.
    order = torch.arange(1, len(images) + 1) % len(images)
    batch = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
    maps = torch.from_numpy(np.stack(parts))
    painted = repaint(batch, maps, [int(part) for part in worn], order.repeat(len(worn), 1), "vectors")
    return painted[0].permute(1, 2, 0).contiguous().numpy()


def _parts(image: NDArray[np.uint8], parser: Parser) -> NDArray[np.uint8]:
    return next(parse_images(image, parser, progress=False))
