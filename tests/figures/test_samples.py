import torch

from ccreid.figures.samples import samples_figure
from ccreid.parts import PALETTE


def test_image_parts_and_repainted_image_stand_below_each_other() -> None:
    images = torch.full((2, 3, 8, 6), 10, dtype=torch.uint8)
    repainted = torch.full((2, 3, 8, 6), 77, dtype=torch.uint8)
    parts = torch.full((2, 8, 6), 2)
    shown = samples_figure(images, parts, repainted).image()
    column = shown.width - 6
    heights = [shown.height - 4 - 12 * row - 4 for row in (2, 1, 0)]
    assert [shown.getpixel((column, y)) for y in heights] == [(10, 10, 10), PALETTE[2], (77, 77, 77)]
