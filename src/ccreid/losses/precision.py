"""The precision in which losses are computed, whatever autocast gave the network."""

import torch
from torch import Tensor


def at_least_float32(values: Tensor) -> Tensor:
    """Return float16 and bfloat16 values as float32, others as they are.

    In half precision a sum of squares overflows at 65,504, and distances lose what tells neighbours apart.

    Args:
        values: Of any floating type and shape.

    Example:
        >>> at_least_float32(torch.ones(2, dtype=torch.bfloat16)).dtype
        torch.float32
        >>> at_least_float32(torch.ones(2, dtype=torch.float64)).dtype
        torch.float64
    """
    return values.to(torch.promote_types(values.dtype, torch.float32))
