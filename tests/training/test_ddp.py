"""Data-parallel training with two processes on the CPU (gloo) against one process on the same global batches."""

from extras import needs

needs("train")

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from closeness import assert_close
from datasets.make_prcc import make_prcc
from safetensors.torch import load_file
from training import run_under_ddp

pytestmark = pytest.mark.slow

MININGS = ("global", "local")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_prcc(tmp_path_factory.mktemp("ddp") / "data", train_identities=8, test_identities=3, images=2)


@pytest.fixture(scope="module")
def alone(data: Path) -> Any:
    original = run_under_ddp.lightning_fit.Trainer
    torch.manual_seed(0)
    kept = run_under_ddp.train(data, data.parent / "alone", 1, "global")
    run_under_ddp.lightning_fit.Trainer = original
    return kept


@pytest.fixture(scope="module")
def together(data: Path) -> dict[str, list[Any]]:
    """What each of two processes kept, by mining; they start once for both."""
    script = Path(run_under_ddp.__file__ or "")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(script)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, str(data), str(data.parent), *MININGS], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return {
        mining: [json.loads((data.parent / mining / f"rank{rank}.json").read_text()) for rank in range(2)]
        for mining in MININGS
    }


@pytest.fixture(scope="module")
def in_two(together: dict[str, list[Any]]) -> list[Any]:
    return together["global"]


def test_two_processes_have_the_losses_of_one(alone: Any, in_two: list[Any]) -> None:
    assert len(alone["losses"]) == 6
    for rank in in_two:
        for mine, expected in zip(rank["losses"], alone["losses"], strict=True):
            compared = {"loss/triplet", "loss/consistency", "loss/contrastive"}
            assert {"loss/identity", *compared, "loss/clothes", "loss/adversarial", "total"} <= expected.keys()
            assert {name: mine[name] for name in expected} == pytest.approx(expected, rel=1e-6)


def test_two_processes_share_each_batch_without_overlap(alone: Any, in_two: list[Any]) -> None:
    for whole, one, other in zip(alone["rows"], *(rank["rows"] for rank in in_two), strict=True):
        assert one + other == whole
        assert not set(one) & set(other)


def test_two_processes_end_with_the_weights_of_one(data: Path, alone: Any, in_two: list[Any]) -> None:
    one, two = (load_file(data.parent / name / "run" / "model.safetensors") for name in ("alone", "global"))
    assert one.keys() == two.keys()
    for name, value in one.items():
        # Rounding in float64 grows from step to step, but stays below that of float32.
        assert_close(two[name].double(), value.double(), dtype=torch.float32)


def test_mining_in_each_process_alone_is_another_loss(alone: Any, together: dict[str, list[Any]]) -> None:
    local = together["local"][0]["losses"][0]
    assert local["loss/identity"] == pytest.approx(alone["losses"][0]["loss/identity"], rel=1e-5)
    # Fewer images to choose from: the hardest are less hard.
    assert local["loss/triplet"] < alone["losses"][0]["loss/triplet"] - 1e-4
