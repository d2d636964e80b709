"""YAML that anybody may have written: plain values alone, and one error whatever is wrong with it."""

from pathlib import Path
from typing import Any

import yaml

from ccreid.errors import CcreidError


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
        return yaml.load(data.decode("utf-8"), _PlainLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise YamlError(f"{path} is not a YAML file: {' '.join(str(error).split())}") from error
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        # What the reader's code runs into on a date of month 13, an empty number, or brackets within brackets.
        raise YamlError(f"{path} is not a YAML file that can be read: {' '.join(str(error).split())}") from error


class _PlainLoader(yaml.SafeLoader):
    """The safe loader, without aliases."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(
                None, None, f"found the alias *{event.anchor}, expected the value itself", event.start_mark
            )
        return super().compose_node(parent, index)
