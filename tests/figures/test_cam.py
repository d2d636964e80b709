import pytest
import torch

from ccreid.figures.cam import cam_figure


def test_each_kind_of_map_has_a_row_below_the_images() -> None:
    images = torch.full((3, 3, 40, 20), 90, dtype=torch.uint8)
    maps = torch.rand(3, 40, 20, generator=torch.Generator().manual_seed(0))
    one = cam_figure(images, {"a": maps}, ["front", "side", "back"]).image()
    two = cam_figure(images, {"a": maps, "b": maps}, ["front", "side", "back"])
    assert two.height - one.height == 40 + 4
    row = [one.getpixel((x, 4 + 13 + 4 + 20)) for x in range(one.width)]
    assert row.count((90, 90, 90)) == 3 * 20


def test_maps_of_other_images_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        cam_figure(torch.zeros(3, 3, 40, 20, dtype=torch.uint8), {"a": torch.zeros(2, 40, 20)})
