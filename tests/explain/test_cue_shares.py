from dataclasses import replace
from pathlib import Path

import pytest
import torch
from closeness import assert_close
from datasets.make_prcc import make_prcc
from explain.top_quarter import TopQuarter
from hypothesis import given
from hypothesis import strategies as st
from models.ready_model import ready_model
from torch import Tensor

from ccreid.datasets.prcc import PRCC
from ccreid.explain.cue_shares import measure_cue_shares, part_shares
from ccreid.models.network import ReIDNetwork, ReIDOutput
from ccreid.parts import Part


@given(st.integers(0, 2**32), st.integers(1, 3))
def test_shares_add_up_to_one_and_are_those_of_plain_loops(seed: int, batch: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    energy = torch.rand(batch, 5, 4, generator=generator)
    parts = torch.randint(0, 6, (batch, 5, 4), generator=generator)
    shares = part_shares(energy, parts)
    assert_close(shares.sum(1), torch.ones(batch, dtype=torch.float64), terms=6)
    for image in range(batch):
        sums = [0.0] * 6
        for row in range(5):
            for column in range(4):
                sums[int(parts[image, row, column])] += float(energy[image, row, column])
        assert shares[image].tolist() == pytest.approx([value / sum(sums) for value in sums])


@given(st.integers(0, 2**32), st.floats(0.01, 100))
def test_the_strength_of_a_map_does_not_matter(seed: int, factor: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    energy, parts = torch.rand(2, 5, 4, generator=generator), torch.randint(0, 6, (2, 5, 4), generator=generator)
    assert_close(part_shares(energy * factor, parts), part_shares(energy, parts), dtype=torch.float32)


def test_an_image_without_energy_has_no_shares() -> None:
    shares = part_shares(torch.stack([torch.zeros(2, 2), torch.ones(2, 2)]), torch.ones(2, 2, 2, dtype=torch.int64))
    assert shares[0].isnan().all()
    assert shares[1].tolist() == [0, 1, 0, 0, 0, 0]


def test_a_model_that_looks_at_heads_has_its_energy_there(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path, size=(64, 32))).query_cross
    found = measure_cue_shares(ready_model(TopQuarter(), 64, 32), records)
    assert found.energy[Part.HEAD] > 0.9
    assert found.energy.sum() == pytest.approx(1)
    assert found.area.tolist() == pytest.approx([0.375, 0.25, 0.125, 0.25, 0, 0])
    assert found.images == len(records)
    assert found.cells == (16, 8)


def test_images_without_a_part_map_do_not_count(tmp_path: Path) -> None:
    first, *rest = PRCC(make_prcc(tmp_path, size=(64, 32))).query_cross
    found = measure_cue_shares(ready_model(TopQuarter(), 64, 32), [replace(first, parts=None), *rest])
    assert found.images == len(rest)
    with pytest.raises(ValueError, match="no image has a part map"):
        measure_cue_shares(ready_model(TopQuarter(), 64, 32), [replace(first, parts=None)])


def test_a_model_without_positive_maps_is_refused(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path)).query_cross
    with pytest.raises(ValueError, match="positive anywhere"):
        measure_cue_shares(ready_model(TopQuarter(sign=-1.0), 32, 16), records)


def test_a_model_that_reads_part_maps_gets_them(tmp_path: Path) -> None:
    class Head(ReIDNetwork):
        reads_parts = "always"
        resamples = True

        def forward(self, images: Tensor, parts: Tensor) -> ReIDOutput:
            feature = (images * (parts == Part.HEAD)[:, None]).square().sum((2, 3))
            return ReIDOutput((feature,), (feature,), feature)

    found = measure_cue_shares(ready_model(Head(), 64, 32), PRCC(make_prcc(tmp_path, size=(64, 32))).gallery)
    assert found.energy[Part.HEAD] > 0.9
