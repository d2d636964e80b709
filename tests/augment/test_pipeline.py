import pytest
import torch
from augment.coded import coded_batch

from ccreid.augment import Augmentation, BatchError, Normalise, PixelSampling, RandomErasing
from ccreid.parts import Part


def test_images_and_parts_stay_together_through_flip_and_crop() -> None:
    images, parts = coded_batch(32, 40, 20)
    moved, moved_parts = Augmentation(flip=0.5, crop_padding=5, jitter=0)(images, parts, _generator(0))
    border = (moved == 0).all(1)
    assert border.any()
    assert torch.equal(moved_parts[~border], moved[:, 2][~border] - 1)
    assert (moved_parts[border] == Part.BACKGROUND).all()
    assert not torch.equal(moved, images)


def test_parts_that_are_not_cropped_along_stay_where_they_were() -> None:
    images, parts = coded_batch(32, 40, 20)
    along, left = (
        Augmentation(flip=0, crop_padding=5, jitter=0, crop_parts=crop_parts) for crop_parts in (True, False)
    )
    moved, moved_parts = along(images, parts, _generator(0))
    same_moved, same_parts = left(images, parts, _generator(0))
    assert torch.equal(same_moved, moved)
    assert torch.equal(same_parts, parts)
    assert not torch.equal(moved_parts, parts)


def test_zeros_leave_the_batch_as_it_is() -> None:
    images, parts = coded_batch(4, 8, 6)
    same_images, same_parts = Augmentation(flip=0, crop_padding=0, jitter=0)(images, parts)
    assert torch.equal(same_images, images)
    assert torch.equal(same_parts, parts)


def test_the_generator_decides_the_result() -> None:
    images, parts = coded_batch(8, 16, 8)
    one, same, other = (Augmentation()(images, parts, _generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(one[0], same[0])
    assert torch.equal(one[1], same[1])
    assert not torch.equal(one[0], other[0])


def test_jitter_changes_colours_only() -> None:
    images, parts = coded_batch(8, 16, 8)
    jittered, same_parts = Augmentation(flip=0, crop_padding=0, jitter=0.1)(images * 10, parts, _generator(0))
    assert torch.equal(same_parts, parts)
    assert jittered.dtype == torch.uint8
    assert not torch.equal(jittered, images * 10)


def test_the_border_of_the_crop_is_never_a_donor() -> None:
    images, parts = coded_batch(16, 24, 12)
    generator = _generator(0)
    images, parts = Augmentation(flip=0.5, crop_padding=6, jitter=0)(images, parts, generator)
    repainted = PixelSampling()(images, parts, generator)
    clothes = (parts == Part.UPPER_CLOTHES) | (parts == Part.PANTS)
    assert (repainted.movedim(1, 3)[clothes] != 0).all()
    # A repainted pixel still comes from its own part.
    assert torch.equal(repainted[:, 2][clothes] - 1, parts[clothes])


def test_a_whole_step_runs_in_the_documented_order_without_values_from_the_device() -> None:
    images = torch.empty(4, 3, 32, 16, dtype=torch.uint8, device="meta")
    parts = torch.empty(4, 32, 16, dtype=torch.uint8, device="meta")
    images, parts = Augmentation()(images, parts)
    images = torch.cat([images, PixelSampling()(images, parts)])
    images, parts = RandomErasing()(images, torch.cat([parts, parts]))
    assert Normalise().to("meta")(images).shape == (8, 3, 32, 16)


def test_what_is_no_batch_is_refused() -> None:
    with pytest.raises(BatchError, match="one part map"):
        Augmentation()(torch.zeros(2, 3, 4, 4), torch.zeros(1, 4, 4, dtype=torch.uint8))


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
