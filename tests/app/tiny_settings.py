"""Settings of `ccreid train` with which a made data set trains in seconds."""

from pathlib import Path
from typing import Any

import yaml

TINY = (
    "--data.height=32",
    "--data.width=16",
    "--data.identities=3",
    "--data.instances=2",
    "--data.workers=0",
    "--model.backbone=resnet18",
    "--model.weights=none",
    "--model.checkpointing=false",
    "--augment.crop_padding=2",
    "--schedule.epochs=1",
    "--trainer.accelerator=cpu",
    # A convolution of so small a map in bfloat16 has once given no number on a processor that knows bfloat16.
    "--trainer.precision=32-true",
)


def write_tiny_profile(path: Path, **schedule: Any) -> Path:
    """Write the settings as a profile, with those of the schedule that are given, and return its path."""
    tree: dict[str, dict[str, Any]] = {}
    for setting in TINY:
        name, value = setting.removeprefix("--").split("=")
        group, key = name.split(".")
        tree.setdefault(group, {})[key] = yaml.safe_load(value)
    tree["schedule"] |= schedule
    path.write_text(yaml.safe_dump(tree))
    return path
