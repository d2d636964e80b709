import pytest
import torch
from closeness import assert_close

from ccreid.augment import IMAGENET_MEAN, IMAGENET_STD, BatchError, Normalise


def test_bytes_and_fractions_are_scaled_alike_and_by_hand() -> None:
    images = torch.tensor([0, 51, 255], dtype=torch.uint8)[None, :, None, None]
    expected = [
        (value - mean) / std for value, mean, std in zip((0.0, 0.2, 1.0), IMAGENET_MEAN, IMAGENET_STD, strict=True)
    ]
    assert_close(Normalise()(images).flatten(), expected, terms=2)
    assert_close(Normalise()(images / 255).flatten(), expected, terms=2)


def test_the_inverse_gives_every_byte_back() -> None:
    images = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16).expand(1, 3, 16, 16)
    normalise = Normalise()
    assert torch.equal(normalise.inverse(normalise(images)), images)


def test_the_inverse_clips_what_no_image_has() -> None:
    assert Normalise().inverse(torch.full((1, 3, 1, 1), 99.0)).unique().tolist() == [255]


def test_the_constants_follow_the_module_but_are_no_weights() -> None:
    assert not Normalise().state_dict()
    assert Normalise().to("meta").mean.device.type == "meta"


def test_other_types_are_refused() -> None:
    with pytest.raises(BatchError, match="int32"):
        Normalise()(torch.zeros(1, 3, 2, 2, dtype=torch.int32))
