from PIL import Image

from ccreid.figures.ranks import QUERY, RIGHT, WRONG, RankedQuery, ranks_figure


def test_right_and_wrong_images_have_their_frames() -> None:
    image = Image.new("RGB", (30, 60))
    shown = ranks_figure([RankedQuery(image, [image, image], [True, False])])
    row = shown.height - 10
    colours = [shown.getpixel((4 + column * 34 + 1, row)) for column in range(3)]
    assert colours == [QUERY, RIGHT, WRONG]
