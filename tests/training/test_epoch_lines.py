from extras import needs

needs("train")

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from ccreid.training.epoch_lines import EpochLines


def _trainer(epoch: int, *, first: bool = True, **losses: float) -> Any:
    metrics = {name: torch.tensor(value) for name, value in losses.items()}
    return SimpleNamespace(
        should_stop=False, current_epoch=epoch, max_epochs=10, is_global_zero=first, callback_metrics=metrics
    )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr("ccreid.training.epoch_lines.time.monotonic", lambda: clock.now)
    return clock


def test_the_time_left_is_that_of_the_epochs_to_come_at_the_pace_of_those_since_the_start(
    clock: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = EpochLines()
    lines.on_train_start(_trainer(2), None)  # type: ignore[arg-type]  # a resumed run
    clock.now += 30
    lines.on_train_epoch_end(_trainer(2, total=1.25), None)  # type: ignore[arg-type]
    clock.now += 50
    lines.on_train_epoch_end(_trainer(3), None)  # type: ignore[arg-type]
    assert capsys.readouterr().err.splitlines() == [
        "epoch 3/10, loss 1.250, 30 s an epoch, 210 s left",
        "epoch 4/10, 40 s an epoch, 240 s left",
    ]


def test_the_first_of_several_processes_speaks_alone(
    clock: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = EpochLines()
    lines.on_train_start(_trainer(0, first=False), None)  # type: ignore[arg-type]
    lines.on_train_epoch_end(_trainer(0, first=False), None)  # type: ignore[arg-type]
    assert capsys.readouterr().err == ""
