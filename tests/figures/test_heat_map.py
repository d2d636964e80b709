import torch

from ccreid.figures.heat_map import BAR, heat_legend, heat_picture


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
