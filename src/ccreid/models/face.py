"""The face alone: a face detector and a face embedding, with nothing to train (Shu et al. 2021, Sec. III, Table IV).

`Face` is the system. `dlib_face_embedding` finds and describes faces for it, by dlib's frontal face detector and ResNet
(King 2009, "Dlib-ml"), whose weights come with the package `face-recognition-models`, in the public domain (CC0).
"""

import functools
import importlib
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ccreid.augment import Normalise
from ccreid.errors import MissingExtraError
from ccreid.models.network import ReIDNetwork, ReIDOutput

LENGTH: Final = 128
"""Of the description of a face."""

FaceEmbedding = Callable[[NDArray[np.uint8]], NDArray[np.float64] | None]
"""From a uint8 RGB image (H, W, 3) to the description (128,) of the face in it, or None where there is none."""


class Face(ReIDNetwork):
    """Describes people by their face alone, by dlib's network in place of the paper's (Wen et al., ECCV 2016).

    It has no weights that are learned, and so neither embeddings nor logits. An image without a detected face has a
    feature of zeros, which evaluation counts as a miss. Images are taken one at a time in the size that they have on
    disk, since the few pixels of a face do not outlive resizing.

    Args:
        embed: Finds and describes the face; dlib's where it is left out.

    Raises:
        MissingExtraError: dlib or its weights are not installed; see the extra `ccreid[face]`.
    """

    reads_own_size = True
    has_backbone = False

    def __init__(self, embed: FaceEmbedding | None = None) -> None:
        super().__init__()
        self._embed = dlib_face_embedding() if embed is None else embed

    @classmethod
    def build(cls, num_identities: int, backbone: str, weights: str | Path, last_stride: int) -> Self:
        """Build it with dlib's detector and embedding; there is no backbone and nothing is learned.

        Args:
            num_identities: Not used.
            backbone: Not used.
            weights: Not used.
            last_stride: Not used.

        Returns:
            The system, for evaluation alone.

        Raises:
            MissingExtraError: dlib or its weights are not installed.
        """
        return cls()

    def forward(self, images: Tensor) -> ReIDOutput:
        """Return the faces' descriptions as feature (B, 128), zero where there is no face.

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
        """
        pixels = Normalise().to(images.device).inverse(images).permute(0, 2, 3, 1).cpu().numpy()
        faces = [self._embed(image) for image in pixels]
        features = np.stack([np.zeros(LENGTH) if face is None else face for face in faces])
        return ReIDOutput((), (), torch.from_numpy(features).to(images))


_WEIGHTS: Final = "face-recognition-models"
_LANDMARKS: Final = "shape_predictor_5_face_landmarks.dat"
_EMBEDDING: Final = "dlib_face_recognition_resnet_model_v1.dat"

# The detector's faces are at least 80 pixels wide, and a walker's face is about a tenth of the image's height. On
# rendered people it found no face at 512 pixels, 11 on 40 images of all views at 1024, and no more at 1536.
_HEIGHT: Final = 1024


@functools.cache
def dlib_face_embedding() -> FaceEmbedding:
    """Return the function that describes the face which dlib finds most surely in an image.

    An image of less than 1024 pixels in height is enlarged to them first, in its own proportions.

    Raises:
        MissingExtraError: dlib or its weights are not installed.
    """
    try:
        dlib = importlib.import_module("dlib")
        # The package itself cannot be imported beside a current setuptools, and only its files are needed.
        folder = Path(str(distribution(_WEIGHTS).locate_file("face_recognition_models/models")))
    except (ImportError, PackageNotFoundError) as error:
        raise MissingExtraError(
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
