from PIL import Image

from ccreid.figures.ranks import QUERY, RIGHT, WRONG, RankedQuery, ranks_figure


def test_right_and_wrong_images_have_their_frames() -> None:
    image = Image.new("RGB", (30, 60))
    shown = ranks_figure([[RankedQuery(image, [image, image], [True, False])]]).image()
    row = shown.height - 20
    colours = [shown.getpixel((10 + 4 + column * 34 + 1, row)) for column in range(3)]
    assert colours == [QUERY, RIGHT, WRONG]


def test_models_stand_below_each_other_and_queries_in_two_columns() -> None:
    image = Image.new("RGB", (30, 60))
    row = RankedQuery(image, [image], [True])
    one, two, three = (ranks_figure([[row, row]] * count) for count in (1, 2, 3))
    assert one.height == two.height > 2 * 60
    assert two.width - 10 == 2 * (one.width - 10)
    assert three.height - 10 == 2 * (one.height - 10)
    assert ranks_figure([[row]]).height == one.height - 64
