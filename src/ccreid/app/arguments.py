"""A command's arguments from its function: types, defaults and help come from the signature and the docstring."""

import argparse
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

import docstring_parser
from jsonargparse import ArgumentParser, DefaultHelpFormatter

from ccreid.errors import nearest


class _Formatter(DefaultHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Shows defaults without Python's type names, and leaves the examples' lines as they are."""

    def _expand_help(self, action: argparse.Action) -> str:
        shown = str(super()._expand_help(action))
        shown = re.sub(r" \((?:required, )?type: .*?(?:, default: (?P<default>.*))?\)$", _keep_default, shown)
        return shown.removesuffix(" (required)")


class CommandParser(ArgumentParser):
    """A parser whose errors are one line that names the nearest valid setting."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Print the error and leave with status 2."""
        command = self.prog
        words = " ".join(line.strip() for line in message.splitlines())
        words = words.replace("a typing.Literal", "one of ").replace("Parser key ", "")
        words = re.sub(r"<class '(?:\w+\.)*(\w+)'>", r"\1", words)
        unknown = [word for word in words.split() if word.startswith("--")]
        if "nrecognized arguments" in words and unknown:
            hint = nearest(unknown[0].split("=")[0], self.options())
            words = f"unknown setting {unknown[0]}: {hint}"
        print(f"{command}: error: {words}\nRun {command} --help for all settings.", file=sys.stderr)
        sys.exit(2)

    def options(self) -> Iterable[str]:
        """Return every option of the command, such as --seed."""
        return [option for action in self._actions for option in action.option_strings if option.startswith("--")]


def command_parser(name: str, purpose: str, examples: Sequence[str], notes: str = "") -> CommandParser:
    """Return an empty parser whose help opens with the purpose and closes with notes, if any, and examples."""
    return CommandParser(
        prog=f"ccreid {name}",
        description=purpose,
        epilog=notes + "examples:\n" + "\n".join(f"  {example}" for example in examples),
        formatter_class=_Formatter,
        exit_on_error=True,
    )


def run_command(
    name: str, function: Callable[..., int], examples: Sequence[str], arguments: Sequence[str], notes: str = ""
) -> int:
    """Parse the arguments as the function's signature asks for, call it, and return its exit status.

    A bool that is False by default becomes a flag without a value, such as --json or, for keep_labels, --keep-labels.
    """
    purpose = (function.__doc__ or "").split("\n\n")[0]
    parser = command_parser(name, " ".join(purpose.split()), examples, notes)
    flags = {key for key, parameter in inspect.signature(function).parameters.items() if parameter.default is False}
    parser.add_function_arguments(function, as_group=False, as_positional=True, skip=set(flags))
    for documented in docstring_parser.parse(function.__doc__ or "").params:
        if documented.arg_name in flags:
            option = f"--{documented.arg_name.replace('_', '-')}"
            parser.add_argument(option, action="store_true", help=documented.description)
    values: dict[str, Any] = parser.instantiate(parser.parse_args(list(arguments))).as_dict()
    return function(**values)


def _keep_default(found: re.Match[str]) -> str:
    default = found["default"]
    return f" (default: {default})" if default not in {None, "null"} else ""
