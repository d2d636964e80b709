import hashlib
from pathlib import Path

import pytest

from ccreid.retrieval.entry import Entry
from ccreid.retrieval.own_photo import is_own_photo


@pytest.mark.answers("security", "an entry of a gallery that names a file of somebody else")
def test_a_file_that_was_not_embedded_is_none_of_the_gallerys(tmp_path: Path) -> None:
    gallery = str(tmp_path / "people.parquet")
    named = Entry(hashlib.sha256(b"photo").hexdigest(), "/etc/passwd", identity="root")
    assert is_own_photo(named, b"photo", gallery)
    assert not is_own_photo(named, b"root:x:0:0", gallery)


@pytest.mark.parametrize(
    ("path", "gallery", "own"),
    [
        ("walks/1.jpg", "people.parquet", True),
        ("walks/../../1.jpg", "people.parquet", False),
        ("link/1.jpg", "people.parquet", False),
        ("walks/1.jpg", "http://localhost:19530", False),
    ],
)
def test_of_tracks_the_files_below_the_gallerys_folder_are_its_own(
    tmp_path: Path, path: str, gallery: str, own: bool
) -> None:
    (tmp_path / "link").symlink_to("/")
    where = gallery if "://" in gallery else str(tmp_path / gallery)
    assert is_own_photo(Entry("0", str(tmp_path / path), track="1"), b"", where) == own
