"""Whether settings, as YAML and JSON have them, are those of a recipe's dataclasses."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from ccreid.errors import nearest


def field_fault(tree: Mapping[Any, Any], kind: type, prefix: str = "") -> str:
    """Say what is wrong with settings: a key that a dataclass has not, or a value of another type; "" for nothing.

    Args:
        tree: Nested dictionaries of plain values; a path is text.
        kind: The dataclass, whose fields may be dataclasses.
        prefix: Of the keys, where the tree lies inside another.

    Example:
        >>> @dataclasses.dataclass
        ... class Training:
        ...     epochs: int = 60
        >>> field_fault({"epoch": 3}, Training)
        "unknown key 'epoch', did you mean 'epochs'?"
        >>> field_fault({"epochs": "many"}, Training)
        "'epochs' is 'many', expected a whole number"
    """
    hints = get_type_hints(kind)
    for key, value in tree.items():
        if key not in hints:
            return f"unknown key '{prefix}{key}', {nearest(str(key), hints)}"
        if dataclasses.is_dataclass(hints[key]):
            if not isinstance(value, dict):
                return f"'{prefix}{key}' is {value!r}, expected settings below it"
            if fault := field_fault(value, hints[key], f"{prefix}{key}."):
                return fault
        elif not _is_of(value, hints[key]):
            return f"'{prefix}{key}' is {value!r}, expected {_words(hints[key])}"
    return ""


def _is_of(value: Any, hint: Any) -> bool:
    """Whether a value as YAML has it is of a field's type."""
    kind, inside = get_origin(hint), get_args(hint)
    if kind is Literal:
        return value in inside
    if kind is list:
        return isinstance(value, list) and all(_is_of(item, inside[0]) for item in value)
    if kind is UnionType:
        return any(_is_of(value, option) for option in inside)
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, {float: int | float, Path: str | Path}.get(hint, hint))


def _words(hint: Any) -> str:
    """Return a field's type as a user would say it."""
    kind, inside = get_origin(hint), get_args(hint)
    if kind is Literal:
        return f"one of {', '.join(inside)}"
    if kind is list:
        return f"a list of {_words(inside[0])}"
    if kind is UnionType:
        return " or ".join(map(_words, inside))
    names = {int: "a whole number", float: "a number such as 0.001", str: "text", bool: "true or false", Path: "a path"}
    return names.get(hint, "null")
