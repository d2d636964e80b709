"""Where on this machine things are kept that can be made anew: whoever finds one missing or damaged makes it again."""

import os
from pathlib import Path
from typing import Final

_OWN: Final = "ccreid"


def cache_folder() -> Path | None:
    """Return ``$XDG_CACHE_HOME/ccreid``, by default ``~/.cache/ccreid``, or None where the user has no home.

    It need not exist, nor be one that can be written to.

    Returns:
        The folder, in which each kind of thing has a name of its own: `body-*` is that of the rendered body, and
        `searched` that of the features of folders that cannot be written to.
    """
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / _OWN
    except RuntimeError:  # a user whom the system does not know, and HOME is not set, as in containers
        return None
