"""How deep each weight lies in a backbone, by its name there: what layer-wise learning rates need."""

import re
from collections.abc import Sequence
from typing import Final

from ccreid.errors import BadValueError

# What our backbones, timm and transformers call the lists of their blocks; the innermost list counts, as in
# `encoder.layers.0.blocks.1` of a Swin transformer.
_BLOCK: Final = re.compile(r".*(?:^|\.)(?:_?blocks|layers?\d*|stages?|features)\.\d+(?=\.)")


def depths(names: Sequence[str]) -> list[int]:
    """Return how many blocks lie below each weight.

    Weights before the first block, such as the stem or the embedding of patches, are at depth 0, and those of the first
    block at 1. What stands after the blocks, such as a last norm, is one deeper than the last block.

    >>> depths(["conv1.weight", "layer1.0.conv1.weight", "layer1.0.bn1.weight", "layer1.1.conv1.weight", "norm.bias"])
    [0, 1, 1, 2, 3]

    Args:
        names: Of a backbone's weights, in its own order.

    Raises:
        BadValueError: No name is of a block.
    """
    blocks = [match[0] if (match := _BLOCK.match(name)) else None for name in names]
    order = {block: place for place, block in enumerate(dict.fromkeys(filter(None, blocks)), start=1)}
    if not order:
        raise BadValueError(
            f"no blocks are known among the backbone's {len(names)} weights ({', '.join(names[:3])}, ...): "
            "set schedule.layer_decay 1"
        )
    found: list[int] = []
    begun = False
    for block in blocks:
        begun = begun or block is not None
        found.append(order[block] if block is not None else (len(order) + 1) * begun)
    return found
