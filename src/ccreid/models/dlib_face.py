"""Finds the face in an image and describes it, by dlib's frontal face detector and ResNet (King 2009, "Dlib-ml").

The weights come with the package `face-recognition-models`, in the public domain (CC0).
"""

import functools
import importlib
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LENGTH: Final = 128
"""Of the description of a face."""

FaceEmbedding = Callable[[NDArray[np.uint8]], NDArray[np.float64] | None]
"""From a uint8 RGB image (H, W, 3) to the description (128,) of the face in it, or None where there is none."""

_WEIGHTS: Final = "face-recognition-models"
_LANDMARKS: Final = "shape_predictor_5_face_landmarks.dat"
_EMBEDDING: Final = "dlib_face_recognition_resnet_model_v1.dat"

# The detector's faces are at least 80 pixels wide, and a walker's face is about a tenth of the image's height. On
# rendered people it found no face at 512 pixels, 11 on 40 images of all views at 1024, and no more at 1536.
_HEIGHT: Final = 1024


class FacePackagesError(ImportError):
    """dlib or its weights are not installed; the message says how to install them."""


@functools.cache
def dlib_face_embedding() -> FaceEmbedding:
    """Return the function that describes the face which dlib finds most surely in an image.

    An image of less than 1024 pixels in height is enlarged to them first, in its own proportions.

    Raises:
        FacePackagesError: dlib or its weights are not installed.
    """
    try:
        dlib = importlib.import_module("dlib")
        # The package itself cannot be imported beside a current setuptools, and only its files are needed.
        folder = Path(str(distribution(_WEIGHTS).locate_file("face_recognition_models/models")))
    except (ImportError, PackageNotFoundError) as error:
        raise FacePackagesError(
            f"faces are found by dlib with the weights of {_WEIGHTS}, which are not both installed ({error}): "
            "pip install 'ccreid[face]'"
        ) from error
    detector = dlib.get_frontal_face_detector()
    landmarks = dlib.shape_predictor(str(folder / _LANDMARKS))
    embedding = dlib.face_recognition_model_v1(str(folder / _EMBEDDING))

    def describe(image: NDArray[np.uint8]) -> NDArray[np.float64] | None:
        enlarged = _enlarged(np.ascontiguousarray(image))
        boxes, scores, _ = detector.run(enlarged, 0, 0.0)
        if not boxes:
            return None
        box = boxes[int(np.argmax(scores))]
        return np.array(embedding.compute_face_descriptor(enlarged, landmarks(enlarged, box)))

    return describe


def _enlarged(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    if height >= _HEIGHT:
        return image
    size = max(1, round(width * _HEIGHT / height)), _HEIGHT
    return np.array(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))
