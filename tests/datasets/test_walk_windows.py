import json
from collections.abc import Hashable
from pathlib import Path

import pytest
from datasets.make_prcc import make_prcc
from hypothesis import given
from hypothesis import strategies as st

from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import DataSetError
from ccreid.datasets.walk_windows import walk_windows, walks_of


def _plain_window(
    walks: list[Hashable], frames: list[int], image: int, length: int, own: int
) -> list[tuple[int, bool]]:
    walk = sorted((frames[other], other) for other in range(len(walks)) if walks[other] == walks[image])
    at = walk.index((frames[image], image))
    window = []
    for place in range(length):
        wanted = at + place - own
        window.append((walk[wanted][1], True) if 0 <= wanted < len(walk) else (image, False))
    return window


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 20)), min_size=1, max_size=20),
    st.integers(1, 9).flatmap(lambda length: st.tuples(st.just(length), st.integers(0, length - 1))),
)
def test_windows_are_the_neighbours_in_the_order_of_frames(
    images: list[tuple[int, int]], shape: tuple[int, int]
) -> None:
    walks: list[Hashable] = [walk for walk, _ in images]
    frames = [frame for _, frame in images]
    places, known = walk_windows(walks, frames, *shape)
    for image in range(len(images)):
        got = list(zip(places[image].tolist(), known[image].tolist(), strict=True))
        assert got == _plain_window(walks, frames, image, *shape)


def test_a_persons_frames_before_one_camera_are_one_walk(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path, train_identities=2, images=3)).train
    walks = walks_of(tmp_path, records)
    assert len(set(walks)) == 2 * 3
    for record, walk in zip(records, walks, strict=True):
        alike = [other for other, theirs in zip(records, walks, strict=True) if theirs == walk]
        assert {(other.identity, other.camera) for other in alike} == {(record.identity, record.camera)}


def _write_truth(root: Path, walks: dict[str, int]) -> None:
    images = [{"path": path, "walk": walk} for path, walk in walks.items()]
    (root / "wardrobe.json").write_text(json.dumps({"images": images}))


def test_a_rendered_data_set_says_where_a_walk_ends(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path, train_identities=1, images=3)).train
    paths = [record.image.relative_to(tmp_path / "rgb").as_posix() for record in records]
    _write_truth(tmp_path, {path: int(path.endswith("3.jpg")) for path in paths})
    walks = walks_of(tmp_path, records)
    assert [walks[0] == walks[1], walks[1] == walks[2], walks[2] == walks[5]] == [True, False, False]


def test_a_list_of_walks_that_lacks_an_image_is_refused(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path)).train
    _write_truth(tmp_path, {})
    with pytest.raises(DataSetError, match=r"wardrobe\.json"):
        walks_of(tmp_path, records)
