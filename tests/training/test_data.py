from extras import needs

needs("train")

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from training.small_recipe import small_recipe

from ccreid.datasets.images import read_pair
from ccreid.datasets.prcc import PRCC
from ccreid.errors import BadValueError
from ccreid.recipe import SelectionRecipe
from ccreid.training.data import batches_ahead, training_images, training_loader
from ccreid.training.pk_sampler import PKSampler


@pytest.mark.slow
@pytest.mark.parametrize("cache", [False, True])
def test_the_loader_hands_out_the_samplers_batches(tmp_path: Path, cache: bool) -> None:
    recipe = small_recipe(tmp_path / "data", seed=3)
    recipe.data.cache = cache
    images = training_images(PRCC(tmp_path / "data"), recipe)
    labels = [images.labels[record.identity] for record in images.learned]
    loader = training_loader(images, recipe)
    sampler = PKSampler(labels, recipe.data.identities, recipe.data.instances, recipe.seed)
    for epoch in range(2):
        loader.sampler.set_epoch(epoch)  # type: ignore[attr-defined]
        sampler.set_epoch(epoch)
        for batch, rows in zip(loader, sampler, strict=True):
            assert batch.row.tolist() == rows
            assert batch.label.tolist() == [labels[row] for row in rows]
            pairs = [read_pair(images.learned[row], 32, 16) for row in rows]
            assert torch.equal(batch.image, torch.stack([image for image, _ in pairs]))
            assert torch.equal(batch.parts, torch.stack([parts for _, parts in pairs]))


def test_held_out_identities_are_not_learned(tmp_path: Path) -> None:
    recipe = replace(small_recipe(tmp_path / "data"), selection=SelectionRecipe(held_out=0.4))
    images = training_images(PRCC(tmp_path / "data"), recipe)
    learned, held_out = ({record.identity for record in some} for some in (images.learned, images.held_out))
    assert (len(learned), len(held_out)) == (4, 2)
    assert not learned & held_out
    assert sorted(images.labels.items()) == [(identity, label) for label, identity in enumerate(sorted(learned))]


def test_as_many_batches_are_read_ahead_as_shared_memory_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(64, 0, 64))
    assert batches_ahead(0, 100, tmp_path) is None
    assert batches_ahead(4, 6, tmp_path) == 2  # 4 x 2 + 2 batches
    assert batches_ahead(4, 10, tmp_path) == 1  # 4 x 1 + 2
    with pytest.raises(BadValueError, match=r"data\.workers is 4, .* lower data\.workers, or .* --shm-size"):
        batches_ahead(4, 11, tmp_path)
    assert batches_ahead(4, 11, tmp_path / "a system without it") == 2
