import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

# Test files import the makers of their fixtures, such as `datasets.make_prcc`.
sys.path.insert(0, str(Path(__file__).parent))
# A process of the tests has it already, by the same name, from where Python started.
sys.path.insert(1, str(Path(__file__).parent / "no_network"))

import loopback
from answers import Answers
from extras import needs

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# No test reaches the network. The hub's client reads this when it is first imported, which pytorch-lightning does too.
os.environ["HF_HUB_OFFLINE"] = "1"

# Neither do the processes that tests start.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(Path(__file__).parent / "no_network"), *filter(None, [os.environ.get("PYTHONPATH")])]
)
loopback.refuse_others()

# How long an example takes says more of the machine than of the code.
settings.register_profile("ccreid", deadline=None)
settings.load_profile("ccreid")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--answers", type=Path, metavar="FOLDER", help="write what the tests marked `answers` show there")


def pytest_configure(config: pytest.Config) -> None:
    folder = config.getoption("--answers")
    if folder is not None:
        config.pluginmanager.register(Answers(folder))


@pytest.fixture(scope="session", autouse=True)
def _memory_is_given_back() -> Iterator[None]:
    # A command keeps freed memory for the rest of its process, which here is that of all tests. From the session's
    # start, since the fixtures of modules run commands too, before those of a test are there.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ccreid.app.cli.keep_freed_memory", lambda: False)
        yield


@pytest.fixture(autouse=True)
def _nothing_wants_the_network() -> Iterator[None]:
    loopback.attempts.clear()
    yield
    # Who is refused may go on without: that it wanted to is the fault.
    assert not loopback.attempts


@pytest.fixture(scope="module")
def shallow() -> Iterator[None]:
    """Train ResNet-18 with one block a stage in the files that use this, which ask what is around the network."""
    from models.shallow_resnet18 import shallow_resnet18  # imports torch

    with shallow_resnet18():
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """The system's Chromium; a test is skipped where there is none, but fails in continuous integration."""
    needs("browser")
    from playwright.sync_api import sync_playwright

    found = [path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))]
    if not found:
        fail = pytest.fail if os.environ.get("CI") else pytest.skip
        fail("no Chromium was found: `make browser` installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found[0], timeout=120_000)
        yield browser
        browser.close()
