"""What a model sees of a person: the photo or its contour sketch."""

from typing import Literal

Modality = Literal["rgb", "sketch"]
"""Also the name of the folder that holds the images of this kind, in PRCC's layout."""
