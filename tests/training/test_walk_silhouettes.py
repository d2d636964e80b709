from pathlib import Path

import pytest
import torch
from datasets.make_prcc import make_prcc

from ccreid.datasets.prcc import PRCC
from ccreid.datasets.silhouettes import read_silhouettes
from ccreid.models.gi_reid import FRAMES, OWN
from ccreid.training.walk_silhouettes import WalkSilhouettes


@pytest.mark.parametrize(("image", "size"), [(256, (64, 44)), (384, (64, 44)), (128, (32, 22)), (32, (16, 11))])
def test_small_images_have_small_silhouettes(tmp_path: Path, image: int, size: tuple[int, int]) -> None:
    records = PRCC(make_prcc(tmp_path, train_identities=1, images=1)).train
    window = WalkSilhouettes.read(tmp_path, records, image, 0.0).around(torch.tensor([0, 2]))
    assert window.silhouettes.shape == (2, FRAMES, *size)


def test_an_image_has_its_walks_frames_around_it(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path, train_identities=2, images=5)).train
    own = read_silhouettes(records, 16, 11).float() / 255
    window = WalkSilhouettes.read(tmp_path, records, 32, 0.0).around(torch.tensor([6, 0]))
    # Image 6 is the second frame before camera B, image 0 the first before camera A.
    assert window.known.tolist() == [[False, False, True, True, True, True, True, False], [False] * 3 + [True] * 5]
    assert torch.equal(window.silhouettes[0, 2:7], own[5:10])
    assert torch.equal(window.silhouettes[:, OWN], own[[6, 0]])


def test_a_walk_is_mirrored_as_a_whole() -> None:
    silhouettes = torch.randint(0, 256, (9, 4, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    places = torch.arange(9)[:, None].expand(9, FRAMES)
    known = torch.ones(9, FRAMES, dtype=torch.bool)
    rows = torch.arange(9).repeat(20)
    plain = WalkSilhouettes(silhouettes, places, known, 0.0).around(rows).silhouettes
    always = WalkSilhouettes(silhouettes, places, known, 1.0).around(rows).silhouettes
    assert torch.equal(always, plain.flip(3))
    some = WalkSilhouettes(silhouettes, places, known, 0.5).around(rows, torch.Generator().manual_seed(1)).silhouettes
    mirrored = (some == always).flatten(1).all(dim=1)
    assert ((some == plain).flatten(1).all(dim=1) ^ mirrored).all()
    assert 40 < int(mirrored.sum()) < 140
