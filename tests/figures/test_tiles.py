import numpy as np
import pytest
import torch
from PIL import Image

from ccreid.figures.tiles import framed, part_picture, picture, stacked, tile_grid
from ccreid.parts import PALETTE


def test_a_part_map_takes_the_parts_colours() -> None:
    shown = part_picture(np.arange(6, dtype=np.uint8)[None])
    assert [shown.getpixel((x, 0)) for x in range(6)] == list(PALETTE)


def test_a_value_that_is_no_part_is_refused() -> None:
    with pytest.raises(ValueError, match="holds 9"):
        part_picture(np.array([[9]], dtype=np.uint8))


def test_a_tensor_becomes_a_picture_of_its_size() -> None:
    image = torch.zeros(3, 5, 7, dtype=torch.uint8)
    image[0] = 200
    assert picture(image).size == (7, 5)
    assert picture(image).getpixel((0, 0)) == (200, 0, 0)


def test_a_frame_keeps_the_size_and_colours_the_border() -> None:
    shown = framed(Image.new("RGB", (20, 30)), (0, 200, 0))
    assert shown.size == (20, 30)
    assert shown.getpixel((0, 15)) == (0, 200, 0)
    assert shown.getpixel((10, 15)) == (0, 0, 0)


def test_cells_stand_in_rows_and_columns() -> None:
    red, blue = Image.new("RGB", (10, 20), (255, 0, 0)), Image.new("RGB", (10, 20), (0, 0, 255))
    sheet = tile_grid([[red, blue], [blue]], gap=2).image()
    assert sheet.size == (2 + 2 * 12, 2 + 2 * 22)
    assert sheet.getpixel((2, 2)) == (255, 0, 0)
    assert sheet.getpixel((14, 2)) == (0, 0, 255)
    assert sheet.getpixel((2, 24)) == (0, 0, 255)
    assert sheet.getpixel((14, 24)) == (255, 255, 255)


def test_labels_make_room_for_themselves() -> None:
    cell = Image.new("RGB", (10, 20))
    plain, labelled = tile_grid([[cell]]), tile_grid([[cell]], row_labels=["person"], column_labels=["A"])
    assert labelled.width > plain.width
    assert labelled.height > plain.height


def test_a_grid_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one picture"):
        tile_grid([])


def test_stacked_pictures_stand_below_each_other() -> None:
    red, blue = Image.new("RGB", (10, 20), (255, 0, 0)), Image.new("RGB", (30, 5), (0, 0, 255))
    sheet = stacked([red, blue], gap=3).image()
    assert sheet.size == (30, 28)
    assert [sheet.getpixel(place) for place in ((9, 19), (10, 19), (0, 21), (29, 23))] == [
        (255, 0, 0),
        (255, 255, 255),
        (255, 255, 255),
        (0, 0, 255),
    ]
    with pytest.raises(ValueError, match="at least one picture"):
        stacked([])


def test_a_grid_of_drawings_shows_what_is_on_them() -> None:
    red, blue = Image.new("RGB", (10, 20), (255, 0, 0)), Image.new("RGB", (10, 20), (0, 0, 255))
    inner = tile_grid([[red]], gap=2)
    sheet = tile_grid([[inner, inner], [stacked([blue, inner], gap=0)]], gap=3).image()
    assert inner.size == (14, 24)
    assert [sheet.getpixel(place) for place in ((5, 5), (4, 4), (22, 5), (3, 50), (5, 72))] == [
        (255, 0, 0),
        (255, 255, 255),
        (255, 0, 0),
        (0, 0, 255),
        (255, 0, 0),
    ]
