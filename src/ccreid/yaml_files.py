"""YAML that anybody may have written: plain values alone, and one error whatever is wrong with it."""

from pathlib import Path
from typing import Any, Final

import yaml

from ccreid.errors import CcreidError

_LOADER: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""Of the two that build plain values alone, the one in C, ten times as fast: a command line reads every recipe."""

_DEPTH: Final = 50
"""Of mappings and lists in each other; nothing that people write goes as deep."""


class YamlError(CcreidError, ValueError):
    """A file is no YAML of plain values; the message names it and the line, as far as the reader says it."""


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds: mappings, lists, texts, numbers, truth values and dates; nothing else is built.

    Aliases are refused: a file of a few lines may name through them more than any memory holds.

    Raises:
        YamlError: It is something else.
        FileNotFoundError: There is no such file.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "a.yaml")
        ...     _ = path.write_text("seed: 3")
        ...     read_yaml(path)
        {'seed': 3}
    """
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
        _refuse_aliases_and_depth(text)
        return yaml.load(text, _LOADER)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise YamlError(f"{path} is not a YAML file: {' '.join(str(error).split())}") from error
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        # What the reader's code runs into on a date of month 13, an empty number, or brackets within brackets.
        raise YamlError(f"{path} is not a YAML file that can be read: {' '.join(str(error).split())}") from error


def _refuse_aliases_and_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, _LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError(f"found the alias *{event.anchor}, expected the value itself, {event.start_mark}")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH:
            raise yaml.YAMLError(f"found more than {_DEPTH} lists and mappings in each other, {event.start_mark}")
