"""Draws a face that a face detector finds."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]


def draw_face(skin: Colour = (220, 180, 150), hair: Colour = (60, 40, 30)) -> Image.Image:
    """Return a picture of 200x200 pixels with a face that fills most of it."""
    picture = Image.new("RGB", (200, 200), (120, 130, 140))
    draw = ImageDraw.Draw(picture)
    dark = tuple(value * 7 // 10 for value in skin)
    draw.ellipse((40, 10, 160, 190), fill=hair)
    draw.ellipse((50, 30, 150, 185), fill=skin)
    for x in (80, 120):
        draw.ellipse((x - 16, 84, x + 16, 98), fill=dark)
        draw.ellipse((x - 11, 86, x + 11, 97), fill=(240, 240, 240))
        draw.ellipse((x - 5, 86, x + 5, 97), fill=(40, 30, 25))
        draw.line([(x - 17, 76), (x, 72), (x + 17, 76)], fill=hair, width=5)
    draw.polygon([(100, 95), (90, 128), (110, 128)], fill=dark)
    draw.line([(88, 129), (112, 129)], fill=(150, 100, 80), width=4)
    draw.ellipse((78, 142, 122, 158), fill=(170, 80, 75))
    draw.line([(80, 150), (120, 150)], fill=(90, 40, 40), width=3)
    return picture.filter(ImageFilter.GaussianBlur(2))


def walker_with_a_face(skin: Colour = (220, 180, 150)) -> NDArray[np.uint8]:
    """Return an image (256, 128, 3) with a face about as small as a walker's."""
    picture = Image.new("RGB", (128, 256), (90, 100, 110))
    ImageDraw.Draw(picture).rectangle((40, 60, 88, 256), fill=(70, 60, 130))
    picture.paste(draw_face(skin).resize((50, 50), Image.Resampling.BILINEAR), (39, 12))
    return np.array(picture)
