"""A contact sheet of a data set: identities in rows, their images with the part maps beside them."""

from collections.abc import Sequence

from PIL import Image

from ccreid.datasets.images import read_image
from ccreid.datasets.part_maps import read_parts
from ccreid.datasets.record import ImageRecord, spread_evenly
from ccreid.figures.drawing import Drawing
from ccreid.figures.tiles import part_picture, picture, tile_grid


def contact_sheet(
    records: Sequence[ImageRecord], identities: int = 8, images: int = 6, height: int = 192, width: int = 96
) -> Drawing:
    """Return the first identities' images, spread evenly over the cameras and over time, with their part maps.

    Args:
        records: Images of a data set; those without a part map are left out.
        identities: Rows.
        images: Images in a row.
        height: Of each picture, in pixels.
        width: Of each picture, in pixels.
    """
    by_identity: dict[int, list[ImageRecord]] = {}
    for record in records:
        if record.parts is not None:
            by_identity.setdefault(record.identity, []).append(record)
    rows, labels = [], []
    for identity, shown in sorted(by_identity.items())[:identities]:
        row: list[Image.Image] = []
        for record in _over_cameras(sorted(shown, key=lambda record: (record.camera, record.frame)), images):
            assert record.parts is not None
            row.append(picture(read_image(record.image, height, width)))
            row.append(part_picture(read_parts(record.parts)).resize((width, height), Image.Resampling.NEAREST))
        rows.append(row)
        labels.append(str(identity))
    return tile_grid(rows, row_labels=labels)


def _over_cameras(records: list[ImageRecord], count: int) -> list[ImageRecord]:
    """Take `count` records, as many from each camera as goes, evenly over its frames."""
    cameras = sorted({record.camera for record in records})
    chosen: list[ImageRecord] = []
    for index, camera in enumerate(cameras):
        own = [record for record in records if record.camera == camera]
        chosen += spread_evenly(own, count // len(cameras) + (index < count % len(cameras)))
    return chosen
