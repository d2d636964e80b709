"""What a user should know of the licences before choosing a checkpoint; for help texts, so it imports nothing."""

from typing import Final

LICENCES: Final = (
    "mattmdjaga/segformer_b2_clothes (ATR's 18 labels) is tagged MIT, but was trained from NVIDIA's SegFormer weights, "
    "whose licence is non-commercial, and so was fashn-human-parser; Sapiens is CC-BY-NC."
)
