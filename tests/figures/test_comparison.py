import numpy as np

from ccreid.explain.compared_parts import ComparedParts
from ccreid.figures.comparison import AGAINST, FOR, comparison_figure
from ccreid.figures.drawing import Drawing, Picture, Words
from ccreid.parts import NUM_PARTS, Part


def _compared(head: float, pants: float) -> ComparedParts:
    """Return two grey photos, the upper half a head and the lower half pants, with what these add to the first."""
    image = np.full((64, 32, 3), 128, np.uint8)
    parts = np.full((64, 32), Part.HEAD, np.uint8)
    parts[32:] = Part.PANTS
    added = np.full((2, NUM_PARTS), np.nan)
    added[:, Part.HEAD], added[:, Part.PANTS] = (head, 0), (pants, 0)
    return ComparedParts(0.5, (image, image), (parts, parts), added, np.zeros((2, NUM_PARTS)))


def _pictures(drawing: Drawing) -> list[Picture]:
    return [item for item in drawing.items if isinstance(item, Picture)]


def test_a_photo_is_shown_beside_its_parts_in_the_colour_of_what_they_do() -> None:
    photo, overlay, other_overlay, other = (one.image for one in _pictures(comparison_figure(_compared(0.4, -0.2)))[:4])
    assert photo.size == overlay.size == (144, 288)
    assert np.unique(np.asarray(photo)).tolist() == [128]
    colours = np.asarray(overlay).astype(int)
    for row, colour, cover in ((50, FOR, 0.8), (250, AGAINST, 0.4)):
        expected = [round(0.8 * 0 + cover * one + (1 - cover) * 128) for one in colour]
        assert np.abs(colours[row, 70] - expected).max() <= 1
    for plain in (other_overlay, other):
        assert np.unique(np.asarray(plain)).tolist() == [128]


def test_bars_are_as_long_as_the_numbers_beside_them_say() -> None:
    drawing = comparison_figure(_compared(0.4, -0.2))
    said = {item.text for item in drawing.items if isinstance(item, Words)}
    assert {"+0.400", "-0.200", "not seen"} <= said
    bars = [one.image for one in _pictures(drawing)[4:]]
    assert [bar.width for bar in bars if bar.getpixel((0, 0)) == FOR and bar.width > 12] == [90]
    assert [bar.width for bar in bars if bar.getpixel((0, 0)) == AGAINST and bar.width > 12] == [45]


def test_two_photos_of_which_nothing_matters_are_drawn_too() -> None:
    assert comparison_figure(_compared(0, 0)).image().size
