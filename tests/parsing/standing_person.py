"""A part map of a person who stands in the middle of the image, drawn in rectangles."""

import numpy as np
from numpy.typing import NDArray

from ccreid.parts import Part


def standing_person() -> NDArray[np.uint8]:
    parts = np.zeros((256, 128), np.uint8)
    parts[16:56, 52:76] = Part.HEAD
    parts[56:140, 40:88] = Part.UPPER_CLOTHES
    parts[70:140, 32:40] = parts[70:140, 88:96] = Part.ARMS
    parts[140:216, 44:84] = Part.PANTS
    parts[216:244, 44:84] = Part.LEGS
    return parts
