"""The parser of a command's arguments, which are there once the command is used, and whose errors are one line."""

import argparse
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import docstring_parser
from jsonargparse import ArgumentParser, Namespace

from ccreid.errors import nearest

Run = Callable[..., int]
"""What a command does; it takes the values of the command's arguments by name, and returns the exit status."""


class _HelpFormatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Shows defaults, and leaves the examples' lines as they are."""


class CommandParser(ArgumentParser):
    """A parser that gets its arguments when the first line is parsed, and whose errors name the nearest valid setting.

    So a program of many commands imports one of them only, and a command's arguments may depend on the line.

    Attributes:
        words: The words of the line that are the command's, without its name.
        run: What the command does, from the first line on.
    """

    words: Sequence[str]
    run: Run

    def __init__(self, configure: "Callable[[CommandParser], Run] | None" = None, **settings: Any) -> None:
        super().__init__(formatter_class=_HelpFormatter, allow_abbrev=False, **settings)
        self._configure = configure

    def parse_args(self, args: Sequence[str] | None = None, *others: Any, **settings: Any) -> Namespace:  # type: ignore[override]
        """Parse a line; see jsonargparse."""
        if self._configure is not None:
            self.words, configure, self._configure = list(args or ()), self._configure, None
            self.run = configure(self)
        words = None if args is None else [self._spelled(word) for word in args]
        return super().parse_args(words, *others, **settings)

    def format_help(self, *others: Any) -> str:
        """Return the help, without defaults that say nothing."""
        return re.sub(r"\s+\(default:\s+(None)?\)", "", super().format_help(*others))

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Print the error and leave with status 2.

        Args:
            message: What jsonargparse says.
            ex: The error that it comes from.

        Raises:
            SystemExit: Always, with status 2.
        """
        words = " ".join(line.strip() for line in message.splitlines())
        words = words.replace("a typing.Literal", "one of ").replace("Parser key ", "")
        words = re.sub(r"<class '(?:\w+\.)*(\w+)'>", r"\1", words)
        unknown = [word for word in words.split() if word.startswith("--")]
        if "nrecognized arguments" in words and unknown:
            words = f"unknown setting {unknown[0]}: {nearest(unknown[0].split('=')[0], self.settings())}"
        print(f"{self.prog}: error: {words}\nRun {self.prog} --help for all settings.", file=sys.stderr)
        sys.exit(2)

    def settings(self) -> list[str]:
        """Return the options that the help lists, such as --seed."""
        return re.findall(r"^  (?:-h, )?(--[^\s=]+)", self.format_help(), re.MULTILINE)

    def _spelled(self, word: str) -> str:
        """Return an option in the spelling that the help lists, where it has hyphens in place of underscores."""
        option, equals, value = word.partition("=")
        known = f"--{option[2:].replace('-', '_')}"
        if not option.startswith("--") or "-" not in option[2:] or known not in self.settings():
            return word
        return f"{known}{equals}{value}"

    def describe(self, purpose: str, examples: Sequence[str], notes: str = "") -> None:
        """Let the help open with the purpose and close with notes, if any, and examples.

        Args:
            purpose: What the command does; its lines are joined.
            examples: Command lines.
            notes: Lines with a line break after the last.
        """
        self.description = textwrap.fill(" ".join(purpose.split()), 100)
        self.epilog = notes + "examples:\n" + "\n".join(f"  {example}" for example in examples)

    def add_function(self, function: Run, examples: Sequence[str], notes: str = "") -> Run:
        """Take the arguments from a function's signature and the help from its docstring; return the function.

        A bool that is False by default becomes a flag without a value, such as --json or, for keep_labels,
        --keep-labels.

        Args:
            function: What the command does; its arguments without a default are the command's positional ones.
            examples: Command lines.
            notes: Lines with a line break after the last.
        """
        self.describe((function.__doc__ or "").split("\n\n")[0], examples, notes)
        flags: set[str | int] = {
            key for key, parameter in inspect.signature(function).parameters.items() if parameter.default is False
        }
        self.add_function_arguments(function, as_group=False, as_positional=True, skip=flags)
        for documented in docstring_parser.parse(function.__doc__ or "").params:
            if documented.arg_name in flags:
                option = f"--{documented.arg_name.replace('_', '-')}"
                self.add_argument(option, action="store_true", help=documented.description)
        return function
