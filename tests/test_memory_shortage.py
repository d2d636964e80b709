import errno
import os

import numpy as np
import pytest
import torch

from ccreid.app.cli import main
from ccreid.errors import BadValueError
from ccreid.memory_shortage import MemoryShortageError, place_of_shortage, shortage_explained

OF_A_READER = (
    "DataLoader worker (pid 7) is killed by signal: Bus error. It is possible that dataloader's workers are out of "
    "shared memory. Please try to raise your shared memory limit."
)


def _raised_by(call: object) -> BaseException:
    with pytest.raises((RuntimeError, MemoryError)) as raised:
        call()  # type: ignore[operator]
    return raised.value


def test_what_torch_and_numpy_raise_on_this_machine_is_known() -> None:
    huge = 1 << 60
    assert place_of_shortage(_raised_by(lambda: torch.empty(huge, dtype=torch.uint8))) == "machine"
    assert place_of_shortage(_raised_by(lambda: np.empty(huge, dtype=np.uint8))) == "machine"


@pytest.mark.parametrize(
    ("error", "place"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), "gpu"),
        (RuntimeError(OF_A_READER), "readers"),
        (RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed. "), "readers"),
        (RuntimeError("unable to open shared memory object </torch_1> in read-write mode: No space left"), "readers"),
        (MemoryError(), "machine"),
        (OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)), "machine"),
        (OSError(errno.ENOENT, "out of memory.jpg"), None),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), None),
        (ValueError("out of memory"), None),
    ],
)
def test_where_memory_does_not_suffice_is_told_from_other_errors(error: Exception, place: str | None) -> None:
    assert place_of_shortage(error) == place


def test_a_shortage_is_said_in_one_line_with_what_to_do_and_other_errors_pass() -> None:
    with (
        pytest.raises(MemoryShortageError) as raised,
        shortage_explained(lambda place: f"change {place}"),
    ):
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.\nThe rest is of no use.")
    said = "the memory does not suffice (CUDA out of memory. Tried to allocate 2.00 GiB): change gpu"
    assert str(raised.value) == said
    for other in (BadValueError("out of memory"), RuntimeError("a bug"), OSError(errno.EACCES, "no")):
        with pytest.raises(type(other)), shortage_explained(lambda place: place):
            raise other


def test_a_command_that_has_too_little_memory_says_so_and_is_no_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> int:
        raise MemoryError

    monkeypatch.setattr("ccreid.app.commands.recipes.recipe_names", full)
    assert main(["recipes"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("ccreid: error: the memory does not suffice (MemoryError): end other programs")
    assert len(said.splitlines()) == 1
