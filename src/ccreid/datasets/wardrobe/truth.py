"""What is known of the images of a rendered data set: from where each person is seen."""

import json
from collections.abc import Sequence
from pathlib import Path

from ccreid.datasets.record import ImageRecord
from ccreid.datasets.wardrobe.render import RenderError
from ccreid.datasets.wardrobe.truth_file import TRUTH_FILE


def read_azimuths(root: Path, records: Sequence[ImageRecord]) -> list[float] | None:
    """Return from where each image's person is seen, in radians, -pi to pi: 0 from the front, +-pi from behind.

    Args:
        root: Folder of the data set.
        records: Images in it.

    Returns:
        One azimuth an image, or None where the data set was not rendered and has no wardrobe.json.

    Raises:
        RenderError: wardrobe.json is damaged, or does not know an image.
    """
    path = root / TRUTH_FILE
    if not path.is_file():
        return None
    try:
        images = json.loads(path.read_text(encoding="utf-8"))["images"]
        azimuths = {str(image["path"]): float(image["azimuth"]) for image in images}
    except (ValueError, KeyError, TypeError) as error:
        raise RenderError(f"{path} is damaged ({error}): remove the folder and render again") from error
    # Without the folder of the kind of image, such as rgb/: a sketch has the name of its photo.
    names = [Path(*record.image.relative_to(root).parts[1:]).as_posix() for record in records]
    unknown = [name for name in names if name not in azimuths]
    if unknown:
        raise RenderError(f"{path} does not know {unknown[0]}: remove the folder and render again")
    return [azimuths[name] for name in names]
