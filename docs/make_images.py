"""Makes the documentation's pictures from a rendered data set: `python docs/make_images.py data/wardrobe-mini`."""

import argparse
from pathlib import Path

from ccreid.datasets.prcc import PRCC
from ccreid.figures.contact_sheet import contact_sheet
from ccreid.figures.tiles import save_picture


def main() -> None:
    """Write docs/images/wardrobe.png: 8 identities x 6 images with their part maps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="a data set in PRCC's layout with part maps")
    arguments = parser.parse_args()
    sheet = contact_sheet(PRCC(arguments.data).train, identities=8, images=6)
    save_picture(sheet, Path(__file__).parent / "images" / "wardrobe.png")


if __name__ == "__main__":
    main()
