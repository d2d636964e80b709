"""A small vision transformer of transformers that is built as EVA-02 is: rotary positions and gated blocks."""

from typing import Any

import pytest


def like_eva(patch_size: int, **others: Any) -> Any:
    """Return its configuration, which saves itself as a checkpoint's folder has it; skip the test without transformers.

    Args:
        patch_size: In pixels.
        others: Further settings of DINOv3ViTConfig.
    """
    transformers = pytest.importorskip("transformers")
    return transformers.DINOv3ViTConfig(
        patch_size=patch_size,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        use_gated_mlp=True,
        hidden_act="silu",
        **others,
    )
