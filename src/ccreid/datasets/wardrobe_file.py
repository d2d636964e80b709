"""The file wardrobe.json of a rendered data set: what is known of its images, read in one place."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ccreid.datasets.record import DataSetError, ImageRecord

TRUTH_FILE: Final = "wardrobe.json"
"""Name of the file in the root of a rendered data set; `ccreid render` writes it."""


@dataclass(frozen=True)
class Rendering:
    """How a data set was rendered.

    Attributes:
        preset: Name of the preset.
        seed: Of the people.
        train_images: Number of training images.
        train_identities: Number of training people.
        test_identities: Number of test people.
    """

    preset: str
    seed: int
    train_images: int
    train_identities: int
    test_identities: int


def read_rendering(root: Path) -> Rendering | None:
    """Return how a data set was rendered, or None where it was not.

    Args:
        root: Folder of the data set.

    Raises:
        DataSetError: wardrobe.json is damaged.
    """
    tree = _read(root)
    if tree is None:
        return None
    try:
        preset = tree["preset"]
        counts = (int(preset[key]) for key in ("train_images", "train_identities", "test_identities"))
        return Rendering(str(preset["name"]), int(tree["seed"]), *counts)
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(root, error) from error


def read_azimuths(root: Path, records: Sequence[ImageRecord]) -> list[float] | None:
    """Return from where each image's person is seen, in radians, -pi to pi: 0 from the front, +-pi from behind.

    Args:
        root: Folder of the data set.
        records: Images in it.

    Returns:
        One azimuth an image, or None where the data set was not rendered and has no wardrobe.json.

    Raises:
        DataSetError: wardrobe.json is damaged, or does not know an image.
    """
    values = _of_images(root, records, "azimuth")
    try:
        return None if values is None else [float(value) for value in values]
    except (ValueError, TypeError) as error:
        raise _damaged(root, error) from error


def read_walks(root: Path, records: Sequence[ImageRecord]) -> list[Any] | None:
    """Return the walk that each image is from, as a value that the images of one walk share.

    Args:
        root: Folder of the data set.
        records: Images in it.

    Returns:
        One value an image, or None where the data set was not rendered and has no wardrobe.json.

    Raises:
        DataSetError: wardrobe.json is damaged, or does not know an image.
    """
    return _of_images(root, records, "walk")


def read_outfits(root: Path) -> Mapping[str, int]:
    """Return the number of the outfit in each image of which the file says it, by the image's path below rgb/.

    Args:
        root: Folder of the data set.

    Raises:
        DataSetError: wardrobe.json is damaged.
    """
    tree = _read(root)
    try:
        images = [] if tree is None else tree["images"]
        return {str(image["path"]): int(image["outfit"]) for image in images if "outfit" in image}
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(root, error) from error


def _of_images(root: Path, records: Sequence[ImageRecord], key: str) -> list[Any] | None:
    tree = _read(root)
    if tree is None:
        return None
    try:
        values = {str(image["path"]): image[key] for image in tree["images"]}
    except (KeyError, TypeError) as error:
        raise _damaged(root, error) from error
    # Without the folder of the kind of image, such as rgb/: a sketch has the name of its photo.
    names = [Path(*record.image.relative_to(root).parts[1:]).as_posix() for record in records]
    unknown = [name for name in names if name not in values]
    if unknown:
        raise DataSetError(f"{root / TRUTH_FILE} does not know {unknown[0]}: remove the folder and render again")
    return [values[name] for name in names]


def _read(root: Path) -> Mapping[str, Any] | None:
    path = root / TRUTH_FILE
    if not path.is_file():
        return None
    try:
        tree: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        tree["images"]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(root, error) from error
    return tree


def _damaged(root: Path, error: Exception) -> DataSetError:
    return DataSetError(f"{root / TRUTH_FILE} is damaged ({error!r}): remove the folder and render again")
