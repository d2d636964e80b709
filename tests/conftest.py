import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Test files import the makers of their fixtures, such as `datasets.make_prcc`.
sys.path.insert(0, str(Path(__file__).parent))

# No test reaches the network. The hub's client reads this when it is first imported, which pytorch-lightning does too.
os.environ["HF_HUB_OFFLINE"] = "1"

# How long an example takes says more of the machine than of the code.
settings.register_profile("ccreid", deadline=None)
settings.load_profile("ccreid")


@pytest.fixture(scope="session", autouse=True)
def _memory_is_given_back() -> Iterator[None]:
    # A command keeps freed memory for the rest of its process, which here is that of all tests. From the session's
    # start, since the fixtures of modules run commands too, before those of a test are there.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ccreid.app.cli.keep_freed_memory", lambda: False)
        yield


@pytest.fixture(scope="module")
def shallow() -> Iterator[None]:
    """Train ResNet-18 with one block a stage in the files that use this, which ask what is around the network."""
    from models.shallow_resnet18 import shallow_resnet18  # imports torch

    with shallow_resnet18():
        yield
