from extras import needs

needs("onnx")

from pathlib import Path

import pytest
import torch
from benchmarks.load_script import load_script
from datasets.make_prcc import make_prcc
from models.ready_model import ready_model
from torch import Tensor, nn

from ccreid.datasets.open_data import open_data_set
from ccreid.models.network import ReIDNetwork, ReIDOutput

load_script("result_files")
exported_precision = load_script("exported_precision")


class _Small(ReIDNetwork):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, images: Tensor) -> ReIDOutput:
        feature = self.conv(images).relu().mean(3).flatten(1)
        return ReIDOutput((feature,), (), feature)


@pytest.mark.slow
def test_a_file_in_float32_finds_what_pytorch_finds_and_all_precisions_are_told(tmp_path: Path) -> None:
    torch.manual_seed(0)
    data = open_data_set(make_prcc(tmp_path, train_identities=3, test_identities=4))
    readings = exported_precision.measured(ready_model(_Small().eval(), name="small"), data)
    assert [one.precision for one in readings] == ["PyTorch", "float32", "float16", "int8"]
    pytorch, single, half, int8 = readings
    assert single.scores == pytorch.scores
    assert single.scores.keys() == {"cross", "same"}
    assert single.difference < 1e-5 < half.difference < int8.difference
    lines = exported_precision.table(readings)
    assert len(lines) == 6
    assert lines[2].startswith("| small seed 0 | PyTorch |  |  |")
    assert lines[5].count("|") == lines[0].count("|")
