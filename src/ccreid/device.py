"""The device that a user asked for by name."""

import torch

from ccreid.errors import BadValueError, first_line


def pick_device(name: str) -> torch.device:
    """Return the device of a name: auto is CUDA where there is any and the CPU elsewhere.

    Raises:
        ValueError: The device is not there.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        # Making a tensor is what shows that the device is there.
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise BadValueError(f"device {name!r} cannot be used ({first_line(error)}): give auto or cpu") from error
