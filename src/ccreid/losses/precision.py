"""The precision in which losses are computed, whatever autocast gave the network."""

import torch
from torch import Tensor


def at_least_float32(values: Tensor) -> Tensor:
    """Return float16 and bfloat16 values as float32, others as they are."""
    return values.to(torch.promote_types(values.dtype, torch.float32))
