"""A user's own merge of a parser's labels into the six parts, from a YAML file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ccreid.errors import MissingFileError
from ccreid.parsing.labels import AUTHORS_MERGE, LabelError, Merge, merge_table, plain_name
from ccreid.parsing.parser import Parser
from ccreid.parts import Part
from ccreid.yaml_files import YamlError, read_yaml


def read_merge(path: Path, labels: Sequence[str]) -> Merge:
    """Return the authors' merge with the entries of a file put in the place of its own.

    Args:
        path: YAML, one `label: part` a line, such as `bag: background`, at the top of the file or below a key `labels`,
            as `ccreid.parsing.onnx.settings` describes. Labels that it does not name keep their part.
        labels: Names of the parser's labels; a name in the file that is none of them is an error, for it would change
            nothing.

    Raises:
        FileNotFoundError: There is no such file.
        LabelError: The file is no such YAML, or names a label or a part that does not exist.
    """
    own = label_parts(path, read_merge_file(path))
    known = {plain_name(label) for label in labels}
    for label in own:
        if plain_name(label) not in known:
            raise LabelError(
                f"{path} names the label {label!r}, which the parser has not: known are {', '.join(labels)}"
            )
    return {**AUTHORS_MERGE, **{plain_name(label): part for label, part in own.items()}}


def parts_table(parser: Parser, merge: Merge | Path | None) -> NDArray[np.uint8]:
    """Return the part of each of a parser's label values; see `merge_table`.

    Args:
        parser: Whose labels are merged.
        merge: The part of each label, a file for `read_merge`, or None for what the parser says itself.

    Raises:
        MissingFileError: There is no such file.
        LabelError: A label has no part, or the file is wrong.
    """
    if isinstance(merge, Path):
        merge = read_merge(merge, parser.labels)
    return merge_table(parser.labels, parser.merge if merge is None else merge)


def read_merge_file(path: Path) -> dict[str, Any]:
    """Return the entries of a merge file as they are.

    Raises:
        MissingFileError: There is no such file.
        LabelError: The file is no YAML, or holds no entries.
    """
    if not path.is_file():
        raise MissingFileError(
            f"there is no merge file {path}: write one `label: part` a line, such as bag: background"
        )
    try:
        entries = read_yaml(path)
    except YamlError as error:
        raise LabelError(f"{error}; write one `label: part` a line") from error
    if not isinstance(entries, dict):
        raise LabelError(f"{path} holds no entries, expected one `label: part` a line, such as bag: background")
    return entries


def label_parts(path: Path, entries: Mapping[str, Any]) -> dict[str, Part]:
    """Return the part of each label that a merge file names, in the order of its lines.

    Args:
        path: The file, for the error.
        entries: What is in it: the lines themselves, or a key `labels` above them.

    Raises:
        LabelError: A part does not exist.
    """
    lines = entries["labels"] if isinstance(entries.get("labels"), dict) else entries
    parts = {plain_name(part.name): part for part in Part}
    for label, part in lines.items():
        if plain_name(str(part)) not in parts:
            raise LabelError(f"{path} gives {label!r} the part {part!r}: known are {', '.join(parts)}")
    return {str(label): parts[plain_name(str(part))] for label, part in lines.items()}
