"""Fig. 5 of Shu et al. 2021: queries and their nearest gallery images, right ones in green, wrong ones in red."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from ccreid.figures.tiles import framed, tile_grid

RIGHT = (0, 158, 60)
WRONG = (214, 39, 40)
QUERY = (60, 60, 60)


@dataclass(frozen=True)
class RankedQuery:
    """One row of the figure.

    Attributes:
        query: The query image.
        gallery: Its nearest gallery images, nearest first.
        right: Whether each shows the query's identity.
        label: Text left of the row, such as the model's name.
    """

    query: Image.Image
    gallery: Sequence[Image.Image]
    right: Sequence[bool]
    label: str = ""


def ranks_figure(rows: Sequence[RankedQuery]) -> Image.Image:
    """Return one row a query: the query, then its nearest gallery images with green and red frames."""
    longest = max(len(row.gallery) for row in rows)
    return tile_grid(
        [
            [
                framed(row.query, QUERY),
                *(
                    framed(image, RIGHT if right else WRONG)
                    for image, right in zip(row.gallery, row.right, strict=True)
                ),
            ]
            for row in rows
        ],
        row_labels=[row.label for row in rows] if any(row.label for row in rows) else (),
        column_labels=("query", *(str(rank) for rank in range(1, longest + 1))),
    )
