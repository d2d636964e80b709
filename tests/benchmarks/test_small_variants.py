"""What the rows of the training's variants are made of."""

from pathlib import Path

import torch
from benchmarks.load_script import load_script
from torch import nn

from ccreid.datasets.record import ImageRecord

load_script("result_files")
load_script("photo_probes")
variants = load_script("small_variants")


def test_each_row_but_the_first_changes_one_thing() -> None:
    rows = variants.variants(1000)
    whole, *others = rows.values()
    for other in others:
        assert sum(getattr(whole, name) != getattr(other, name) for name in vars(whole)) == 1
    assert [row.people for row in others if row.people != 1000] == [0, 40, 120, 400]


def test_a_refit_norm_standardises_its_rows() -> None:
    rows = 3 + 5 * torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
    norm = nn.BatchNorm1d(4, affine=False)
    variants.refit(norm, rows)
    found = norm(rows)
    torch.testing.assert_close(found.mean(0), torch.zeros(4), rtol=0, atol=1e-4)
    torch.testing.assert_close(found.std(0), torch.ones(4), rtol=0, atol=1e-4)


def test_photos_are_the_people_without_a_camera() -> None:
    records = [ImageRecord(Path("a.jpg"), None, number, camera, 1, 0) for number, camera in enumerate(("A", "", "B"))]
    assert variants.photographed(records) == {1}
