from extras import needs

needs("figures")

import pytest
import torch

from ccreid.figures.erasing import erasing_figure


def test_three_rows_of_pictures_stand_above_the_histograms() -> None:
    images, erased, repainted = (torch.full((2, 3, 60, 30), value, dtype=torch.uint8) for value in (10, 77, 150))
    shown = erasing_figure(images, erased, repainted, ["1", "2"]).image()
    top = 4 + 13 + 4
    grid_right = max(x for x in range(shown.width) if shown.getpixel((x, top + 30)) == (10, 10, 10))
    assert [shown.getpixel((grid_right, top + 30 + 64 * row)) for row in range(3)] == [
        (10, 10, 10),
        (77, 77, 77),
        (150, 150, 150),
    ]
    assert shown.height > top + 3 * 64 + 130


@pytest.mark.slow
def test_an_erased_colour_stands_out_of_the_histogram() -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (2, 3, 60, 30), dtype=torch.uint8, generator=generator)
    erased = images.clone()
    erased[:, :, 20:40] = 128
    plain = erasing_figure(images, images, images).image()
    peaked = erasing_figure(images, erased, images).image()
    assert plain.size == peaked.size
    below = (0, 4 + 3 * 64 + 8, plain.width, plain.height)
    assert plain.crop(below).tobytes() != peaked.crop(below).tobytes()
