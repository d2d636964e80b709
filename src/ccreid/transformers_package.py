"""The package transformers: imported once it is needed, its absence explained, its reports kept off the screen."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from ccreid.errors import MissingExtraError

CONFIG: Final = "config.json"
"""The file of a checkpoint that says which network it is."""

PREPROCESSOR: Final = "preprocessor_config.json"
"""The file that says how its images are prepared, which not every checkpoint has."""


def import_transformers() -> Any:
    """Return the package.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        return importlib.import_module("transformers")
    except ImportError as error:
        raise MissingExtraError(f"transformers cannot be imported ({error}): pip install 'ccreid[parsing]'") from error


@contextmanager
def quiet(transformers: Any) -> Iterator[None]:
    """Keep transformers' progress bars and reports off the screen; what matters of them, the caller makes an error."""
    logging = transformers.utils.logging
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
