"""Lets the API reference show what docstrings have under `Example:` as code: an extension of griffe, which reads them.

Griffe takes `Examples:` for code and anything else for prose, in which `>>>` would be a quotation.
"""

import ast
from typing import Any

import griffe


class Examples(griffe.Extension):
    """Calls the section by the name that griffe knows."""

    def on_instance(self, *, node: ast.AST | griffe.ObjectNode, obj: griffe.Object, **_: Any) -> None:
        """Rename the section in the docstring of an object.

        Args:
            node: Its source, which is not looked at.
            obj: The object.
            **_: What else griffe says, which is not needed.
        """
        if obj.docstring is not None:
            obj.docstring.value = obj.docstring.value.replace("\nExample:\n", "\nExamples:\n")
