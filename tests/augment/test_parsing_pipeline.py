import torch
from augment.coded import coded_batch

from ccreid.augment.parsing_pipeline import ParsingAugmentation

NOTHING = {
    "flip": 0.0,
    "scale": 0.0,
    "turn": 0.0,
    "move": 0.0,
    "jitter": 0.0,
    "hue": 0.0,
    "occlusion": 0.0,
    "poor_camera": 0.0,
}


def test_zeros_leave_the_batch_as_it_is() -> None:
    images, parts = coded_batch(4, 16, 8)
    same, same_parts = ParsingAugmentation(**NOTHING)(images, parts)
    assert torch.equal(same, images)
    assert torch.equal(same_parts, parts)


def test_each_setting_changes_the_images_and_the_geometry_the_part_maps_with_them() -> None:
    images, parts = coded_batch(8, 32, 16)
    images = images * 6
    moves = {"flip": 0.5, "scale": 0.3, "turn": 0.2, "move": 0.1, "occlusion": 0.9}
    colours = {"jitter": 0.3, "hue": 0.3, "poor_camera": 1.0}
    for name, value in (moves | colours).items():
        augment = ParsingAugmentation(**NOTHING | {name: value})
        changed, changed_parts = augment(images, parts, torch.Generator().manual_seed(0))
        assert not torch.equal(changed, images), name
        assert torch.equal(changed_parts, parts) == (name in colours), name
        assert changed.dtype == torch.uint8


def test_the_generator_decides_the_result() -> None:
    images, parts = coded_batch(8, 32, 16)
    augment = ParsingAugmentation(0.5, 0.25, 0.1, 0.08, 0.3, 0.08, 0.3, 1.0)
    one, same, other = (augment(images, parts, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(one[0], same[0])
    assert torch.equal(one[1], same[1])
    assert not torch.equal(one[0], other[0])
