from extras import needs

needs("search")

from pathlib import Path

import pytest
from retrieval.made_rows import MARK, made_rows

from ccreid.retrieval.milvus_store import GalleryError, MilvusStore


@pytest.mark.slow
def test_a_gallery_is_made_in_a_folder_that_is_not_there_and_over_what_a_full_disk_left_of_it(tmp_path: Path) -> None:
    uri = tmp_path / "new" / "people.db"
    half = uri / "collections" / "people"
    half.mkdir(parents=True)
    (half / "half").touch()
    store = MilvusStore(str(uri))
    rows = made_rows(5)
    store.upsert([rows], MARK, len(rows.entries))
    assert store.count() == len(rows.entries)
    assert not (half / "half").exists()
    store.close()
    other = MilvusStore(str(tmp_path / "other" / "people.db"))
    other.upsert([rows], MARK, len(rows.entries))
    other.close()


def test_a_collections_name_is_no_path_below_which_something_is_removed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (tmp_path / "people.db" / "collections").mkdir(parents=True)
    store = MilvusStore(str(tmp_path / "people.db"), collection="../../kept")
    with pytest.raises(GalleryError):
        store.upsert([made_rows(5)], MARK, 1)
    assert kept.is_dir()
    store.close()
