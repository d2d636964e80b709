"""What the labels of hand-drawn label maps become: one of the six parts, skin that is divided by place, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ccreid.parsing.label_maps.skin import divide_skin
from ccreid.parsing.labels import AUTHORS_MERGE, LabelError, plain_name
from ccreid.parsing.merge_file import read_merge_file
from ccreid.parts import IGNORED, Part

# Not a part, and in no map that leaves this file.
_SKIN: Final = 254

_MEANINGS: Final[Mapping[str, int]] = {
    **{plain_name(part.name): int(part) for part in Part},
    "skin": _SKIN,
    "ignored": IGNORED,
}


@dataclass(frozen=True)
class LabelMerge:
    """How label maps become part maps.

    Attributes:
        table: uint8 (256,), what each value becomes.
    """

    table: NDArray[np.uint8]

    def parts(self, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the part map of a label map.

        Args:
            labels: uint8 (H, W), values of the labels.

        Returns:
            uint8 (H, W): parts 0..5, and `IGNORED` where a pixel does not count.
        """
        merged = self.table[labels]
        skin = merged == _SKIN
        return np.where(skin, divide_skin(skin, merged != Part.BACKGROUND), merged)


def read_label_merge(path: Path, labels: Sequence[str]) -> LabelMerge:
    """Read the merge file of a folder of label maps.

    Args:
        path: YAML, one `label: meaning` a line: a part such as upper clothes, `skin`, which is divided into head, arms
            and legs by where it is, or `ignored` for pixels that do not count. Labels that it does not name have the
            part of the authors' merge.
        labels: Names of the labels in the order of their values, at most 256.

    Raises:
        MissingFileError: There is no such file.
        LabelError: The file is no such YAML, names a label or a meaning that does not exist, or leaves out a label that
            the authors' merge does not know.
    """
    entries = read_merge_file(path)
    known = {plain_name(label) for label in labels}
    meanings = {name: int(part) for name, part in AUTHORS_MERGE.items()}
    for label, meaning in entries.items():
        if plain_name(str(label)) not in known:
            raise LabelError(
                f"{path} names the label {label!r}, which is none of the photos': known are {', '.join(labels)}"
            )
        if plain_name(str(meaning)) not in _MEANINGS:
            raise LabelError(f"{path} makes {label!r} {meaning!r}: known are {', '.join(_MEANINGS)}")
        meanings[plain_name(str(label))] = _MEANINGS[plain_name(str(meaning))]
    table = np.full(256, IGNORED, np.uint8)
    for value, label in enumerate(labels):
        if plain_name(label) not in meanings:
            raise LabelError(f"{path} does not say what {label!r} becomes: add a line such as {label}: ignored")
        table[value] = meanings[plain_name(label)]
    return LabelMerge(table)
