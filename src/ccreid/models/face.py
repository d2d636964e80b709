"""The face alone: a face detector and a face embedding, with nothing to train (Shu et al. 2021, Sec. III, Table IV)."""

import numpy as np
import torch
from torch import Tensor, nn

from ccreid.augment import IMAGENET_MEAN, IMAGENET_STD
from ccreid.models.dlib_face import LENGTH, FaceEmbedding, dlib_face_embedding
from ccreid.models.output import ReIDOutput


class Face(nn.Module):
    """Describes people by their face alone, by dlib's network in place of the paper's (Wen et al., ECCV 2016).

    It has no weights that are learned, and so neither embeddings nor logits. An image without a detected face has a
    feature of zeros, which evaluation counts as a miss. Images are taken one at a time in the size that they have on
    disk, since the few pixels of a face do not outlive resizing.

    Args:
        embed: Finds and describes the face; dlib's where it is left out.

    Raises:
        FacePackagesError: dlib or its weights are not installed; see the extra `ccreid[face]`.
    """

    reads_own_size = True

    def __init__(self, embed: FaceEmbedding | None = None) -> None:
        super().__init__()
        self._embed = dlib_face_embedding() if embed is None else embed

    def forward(self, images: Tensor) -> ReIDOutput:
        """Return the faces' descriptions as feature (B, 128), zero where there is no face.

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
        """
        mean, std = (images.new_tensor(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
        pixels = ((images * std + mean) * 255).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
        faces = [self._embed(image) for image in pixels]
        features = np.stack([np.zeros(LENGTH) if face is None else face for face in faces])
        return ReIDOutput((), (), torch.from_numpy(features).to(images))
