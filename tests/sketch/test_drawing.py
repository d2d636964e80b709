import numpy as np
import pytest
import torch

from ccreid.sketch.drawing import draw_sketches
from ccreid.sketch.hed_network import HED


class _Reds(HED):
    """Takes the red channel for the probability of an edge, and notes the batches."""

    def __init__(self) -> None:
        super(HED, self).__init__()
        self.mean = torch.zeros(3, 1, 1)
        self.batches: list[tuple[int, ...]] = []

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.batches.append(tuple(images.shape))
        return images[:, :1].float() / 255


@pytest.fixture
def reds() -> _Reds:
    return _Reds()


def test_lines_are_dark_on_white_and_as_dark_as_the_edge_is_sure(reds: _Reds) -> None:
    image = np.zeros((9, 7, 3), dtype=np.uint8)
    image[3, :, 0], image[4, :, 0], image[5, :, 0] = 60, 200, 60
    (sketch,) = draw_sketches(reds, [image])
    assert sketch.dtype == np.uint8
    assert sketch.shape == (9, 7)
    assert (sketch[4] == 55).all()
    assert (np.delete(sketch, 4, axis=0) == 255).all()


def test_images_of_one_size_go_together_and_come_back_in_order(reds: _Reds) -> None:
    sizes = [(4, 3), (5, 3), (4, 3), (4, 3)]
    images = [np.full((*size, 3), 10 * k, dtype=np.uint8) for k, size in enumerate(sizes)]
    sketches = draw_sketches(reds, images)
    assert [sketch.shape for sketch in sketches] == sizes
    assert [int(sketch[0, 0]) for sketch in sketches] == [255, 245, 235, 225]
    assert reds.batches == [(3, 3, 4, 3), (1, 3, 5, 3)]


def test_no_images_give_no_sketches(reds: _Reds) -> None:
    assert draw_sketches(reds, []) == []
