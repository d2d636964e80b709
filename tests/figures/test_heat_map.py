import pytest
import torch

from ccreid.figures.heat_map import BAR, cam_figure, heat_legend, heat_picture


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


def test_the_greatest_heat_is_the_brightest_and_all_of_it_is_colour() -> None:
    image = torch.full((3, 4, 6), 90, dtype=torch.uint8)
    heat = torch.zeros(4, 6)
    heat[1, 2], heat[3, 5] = 4.0, 2.0
    shown = heat_picture(image, heat)
    assert shown.size == (6, 4)
    cold, warm, hot = (shown.convert("L").getpixel(place) for place in ((0, 0), (5, 3), (2, 1)))
    assert cold < warm < hot


def test_only_the_ratio_of_heats_matters() -> None:
    image = torch.randint(0, 256, (3, 4, 6), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    heat = torch.rand(4, 6, generator=torch.Generator().manual_seed(1))
    assert heat_picture(image, heat).tobytes() == heat_picture(image, heat * 16).tobytes()


def test_no_heat_at_all_is_cold_throughout() -> None:
    image = torch.full((3, 4, 6), 90, dtype=torch.uint8)
    one = heat_picture(image, torch.zeros(4, 6))
    assert len(one.getcolors() or []) == 1


def test_the_legend_goes_from_dark_to_bright() -> None:
    legend = heat_legend("low", "high").image().convert("L")
    row = [legend.getpixel((x, legend.height // 2)) for x in range(legend.width)]
    dark = row.index(min(row))
    assert row[dark : dark + BAR[0]] == sorted(row[dark : dark + BAR[0]])
