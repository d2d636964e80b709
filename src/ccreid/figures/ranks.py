"""Fig. 5 of Shu et al. 2021: queries and their nearest gallery images, right ones in green, wrong ones in red."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from ccreid.figures.drawing import Drawing
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


def ranks_figure(blocks: Sequence[Sequence[RankedQuery]], columns: int = 2) -> Drawing:
    """Return one block a query, two beside each other, and in it one row a model, with green and red frames.

    Args:
        blocks: For each query what each model finds.
        columns: Blocks that stand beside each other.

    Raises:
        ValueError: There is no query.
    """
    drawn = [_block(rows) for rows in blocks]
    return tile_grid([drawn[start : start + columns] for start in range(0, len(drawn), columns)], gap=10)


def _block(rows: Sequence[RankedQuery]) -> Drawing:
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
