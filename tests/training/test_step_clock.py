from extras import needs

needs("train")

from types import SimpleNamespace
from typing import Any

import pytest

from ccreid.errors import BadValueError
from ccreid.training import step_clock
from ccreid.training.step_clock import StepClock, StepTimes


class _Time:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


def _ticked(monkeypatch: pytest.MonkeyPatch, seconds: list[float], batches: int = 1000) -> tuple[StepClock, Any, int]:
    """Let steps take these seconds, until the clock stops the training; return it, the trainer and the steps taken."""
    time = _Time()
    monkeypatch.setattr(step_clock, "time", time)
    trainer = SimpleNamespace(num_training_batches=batches, max_epochs=12, should_stop=False)
    clock, module = StepClock(), object()
    taken = 0
    for index, passing in enumerate(seconds):
        if index % batches == 0:
            time.now += 50  # between epochs
            clock.on_train_epoch_start(trainer, module)  # type: ignore[arg-type]
        time.now += passing
        clock.on_train_batch_end(trainer, module, None, None, index)  # type: ignore[arg-type]
        taken += 1
        if trainer.should_stop:
            break
    time.now += 0.25
    clock.on_train_end(trainer, module)  # type: ignore[arg-type]
    return clock, trainer, taken


def test_the_first_step_warms_up_and_quick_ones_are_counted_to_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, _, taken = _ticked(monkeypatch, [5.0] + [0.1] * 50)
    times = clock.times()
    assert taken == 1 + step_clock._MOST
    assert times.step == pytest.approx(0.1)
    assert times.whole == pytest.approx(12_000 * 0.1 + 12 * 0.25)
    assert clock.first == 150.0


def test_slow_steps_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _ticked(monkeypatch, [8.0, 7.0, 6.0, 5.0])[0].times().step == pytest.approx(6.5)
    clock, _, taken = _ticked(monkeypatch, [31.0, 20.0])
    assert (taken, clock.times().step) == (1, pytest.approx(31.0))


def test_the_time_between_epochs_is_no_step_s(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, _, _ = _ticked(monkeypatch, [0.5] * 6, batches=2)
    assert clock.times().step == pytest.approx(0.5)


def test_a_training_without_a_step_is_refused() -> None:
    with pytest.raises(BadValueError, match="no step was taken"):
        StepClock().times()


def test_an_estimate_says_what_it_is_made_of() -> None:
    words = str(StepTimes(steps=1200, epochs=12, step=0.5, epoch_end=2.0, measured=3))
    assert words == "10 min 24 s: 1,200 steps in 12 epochs, 500 ms each (mean of 3), and 2.0 s at the end of an epoch"
