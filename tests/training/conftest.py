"""What the tests that train share."""

from collections.abc import Iterator

import pytest
from models.shallow_resnet18 import shallow_resnet18


@pytest.fixture
def shallow() -> Iterator[None]:
    with shallow_resnet18():
        yield
