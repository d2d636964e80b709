"""The file cues.json beside a model: what it looks at, and from where it recognises people."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ccreid.atomic_files import write_atomically
from ccreid.errors import CcreidError
from ccreid.provenance import Provenance

CUES_FILE: Final = "cues.json"
SHARES: Final = "cue_shares"
AREAS: Final = "area_shares"
BY_ANGLE: Final = "R1_by_angle"


class CuesError(CcreidError, ValueError):
    """A file of cues is not one; the message names it."""


def write_cues(path: Path, cues: Mapping[str, Any], provenance: Provenance) -> None:
    """Write cues.json, what `Cues.tree` gives and where it comes from, under a temporary name first.

    Args:
        path: The file; its folder is made if need be.
        cues: What `Cues.tree` gives.
        provenance: Where it comes from.
    """
    write_atomically(path, json.dumps({**cues, "provenance": provenance}, indent=2) + "\n")


def read_cues(folder: Path) -> dict[str, Any] | None:
    """Return what the cues.json in a run's folder holds, or None where there is none.

    Its keys are `cue_shares`, the share of CAM energy on each part, by the part's name; `area_shares`, the part's share
    of the images, if it says so; and, where viewing angles are known, `R1_by_angle`, by the angle's name. All are
    fractions 0..1.

    Raises:
        CuesError: The file holds something else.
    """
    path = folder / CUES_FILE
    if not path.is_file():
        return None
    try:
        tree: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        fractions = [float(value) for value in (*tree[SHARES].values(), *tree.get(BY_ANGLE, {}).values())]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CuesError(f"{path} holds no cue shares ({error}): move it away, or make it again") from error
    if not all(0 <= fraction <= 1 for fraction in fractions):
        raise CuesError(f"{path} holds {fractions}, expected fractions in 0..1: move it away, or make it again")
    return tree
