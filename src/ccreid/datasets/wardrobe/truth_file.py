"""The name of the file that tells a rendered data set from others, apart from what reads and writes it."""

from typing import Final

TRUTH_FILE: Final = "wardrobe.json"
"""Ground truth of a rendered data set, in its root."""
