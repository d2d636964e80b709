"""A user's own merge of a parser's labels into the six parts, from a YAML file."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from ccreid.errors import MissingFileError
from ccreid.parsing.labels import AUTHORS_MERGE, LabelError, Merge, plain_name
from ccreid.parts import Part


def read_merge(path: Path, labels: Sequence[str]) -> Merge:
    """Return the authors' merge with the entries of a file put in the place of its own.

    Args:
        path: YAML, one `label: part` a line, such as `bag: background`. Labels that it does not name keep their part.
        labels: Names of the parser's labels; a name in the file that is none of them is an error, for it would change
            nothing.

    Raises:
        FileNotFoundError: There is no such file.
        LabelError: The file is no such YAML, or names a label or a part that does not exist.
    """
    if not path.is_file():
        raise MissingFileError(
            f"there is no merge file {path}: write one `label: part` a line, such as bag: background"
        )
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LabelError(
            f"{path} is no YAML ({' '.join(str(error).split())}): write one `label: part` a line"
        ) from error
    if not isinstance(entries, dict):
        raise LabelError(f"{path} holds no entries, expected one `label: part` a line, such as bag: background")
    parts = {plain_name(part.name): part for part in Part}
    known = {plain_name(label) for label in labels}
    own: dict[str, Part] = {}
    for label, part in entries.items():
        if plain_name(str(label)) not in known:
            raise LabelError(
                f"{path} names the label {label!r}, which the parser has not: known are {', '.join(labels)}"
            )
        if plain_name(str(part)) not in parts:
            raise LabelError(f"{path} gives {label!r} the part {part!r}: known are {', '.join(parts)}")
        own[plain_name(str(label))] = parts[plain_name(str(part))]
    return {**AUTHORS_MERGE, **own}
