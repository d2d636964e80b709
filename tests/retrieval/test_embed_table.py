from extras import needs

needs("parquet")

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets.made_person import write_person
from datasets.make_photos import make_people, make_tracks
from retrieval.colour_model import colour_model

from ccreid.atomic_files import InUseError, locked
from ccreid.models.reid_model import ReIDModel
from ccreid.retrieval import embed_table as module
from ccreid.retrieval.embed_table import OtherTableError, TableReport, embed_table
from ccreid.retrieval.feature_mark import OtherModelError, Precision
from ccreid.retrieval.feature_table import read_mark, read_rows
from ccreid.retrieval.listing import as_items, list_images


def _embed(root: Path, model: ReIDModel | None = None, precision: Precision = "float16") -> TableReport:
    return embed_table(as_items(list_images(root), False), _table(root), model or colour_model(), precision)


def _table(root: Path) -> Path:
    return root.with_suffix(".parquet")


def _features(root: Path) -> dict[str, tuple[float, ...]]:
    return {
        Path(entry.path).relative_to(root.absolute()).as_posix(): tuple(vector.tolist())
        for rows in read_rows(_table(root))
        for entry, vector in zip(rows.entries, rows.vectors, strict=True)
    }


@pytest.mark.slow
def test_the_table_has_each_images_feature_as_the_model_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROWS", 5)
    root = make_people(tmp_path / "photos")
    report = _embed(root, precision="float32")
    assert (report.rows, report.made, report.gone) == (16, 16, 0)
    found = _features(root)
    features = colour_model().embed([root / name for name in found])
    np.testing.assert_array_equal(features, np.array(list(found.values()), np.float32))
    assert list(found) == sorted(found)
    assert not (tmp_path / ".photos.parquet.parts").exists()
    assert read_mark(_table(root)).precision == "float32"


def test_given_again_it_changes_nothing_and_says_so(tmp_path: Path) -> None:
    root = make_people(tmp_path / "photos")
    _embed(root)
    before = _table(root).stat()
    report = _embed(root)
    assert (report.rows, report.made) == (16, 0)
    assert (_table(root).stat().st_mtime_ns, _table(root).stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert "kept 16" in str(report)


def test_new_and_changed_images_are_made_moved_ones_kept_and_gone_ones_taken_out(tmp_path: Path) -> None:
    root = make_people(tmp_path / "photos")
    _embed(root)
    write_person(root, "eve/suit/1.jpg", 9, 0, parts=False)
    write_person(root, "alice/suit/1.jpg", 8, 1, parts=False)
    (root / "bob" / "suit" / "1.jpg").rename(root / "bob" / "moved.jpg")
    (root / "carla" / "suit" / "2.jpg").unlink()
    report = _embed(root)
    assert (report.rows, report.made, report.gone) == (16, 2, 2)
    found = _features(root)
    assert {*found} == {path.relative_to(root).as_posix() for path in root.rglob("*.jpg")}
    features = colour_model().embed([root / name for name in found])
    np.testing.assert_array_equal(features.astype(np.float16), np.array(list(found.values()), np.float16))


def test_parts_that_another_model_left_are_not_taken(tmp_path: Path) -> None:
    root = make_people(tmp_path / "photos")
    whole = _embed(root, colour_model(1))
    (tmp_path / ".photos.parquet.parts").mkdir()
    _table(root).rename(tmp_path / ".photos.parquet.parts" / "00000000.parquet")
    (tmp_path / ".photos.parquet.parts" / "00000001.parquet").write_bytes(b"torn")
    report = _embed(root)
    assert (report.rows, report.made) == (whole.rows, 16)


def test_a_table_of_something_else_is_not_replaced(tmp_path: Path) -> None:
    root = make_people(tmp_path / "photos")
    _embed(root)
    before = _table(root).read_bytes()
    with pytest.raises(OtherModelError, match=r"photos\.parquet.*colours0.*colours1"):
        _embed(root, colour_model(1))
    with pytest.raises(OtherTableError, match="float16 features of images"):
        _embed(root, precision="float32")
    assert _table(root).read_bytes() == before
    _table(root).write_text("my notes")
    with pytest.raises(OtherTableError, match="no table of features"):
        _embed(root)
    assert _table(root).read_text() == "my notes"


def test_all_that_is_written_lies_among_the_parts_until_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a kill leaves no half table beside the table, where nobody would clear it away."""
    written: list[Path] = []
    write = module.write_rows

    def noted(path: Path, *others: Any) -> int:
        written.append(path.parent)
        return write(path, *others)

    monkeypatch.setattr(module, "write_rows", noted)
    _embed(make_people(tmp_path / "photos"))
    assert {*written} == {tmp_path / ".photos.parquet.parts"}
    assert len(written) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"photos", "photos.parquet", ".photos.parquet.lock"}


def test_two_processes_do_not_make_one_table(tmp_path: Path) -> None:
    root = make_people(tmp_path / "photos")
    with locked(_table(root)), pytest.raises(InUseError):
        _embed(root)


def test_a_track_is_one_row(tmp_path: Path) -> None:
    make_tracks(tmp_path / "walks")
    items = as_items(list_images(tmp_path / "walks"), True)
    report = embed_table(items, tmp_path / "walks.parquet", colour_model())
    assert (report.rows, report.mark.of) == (16, "tracks")
    assert embed_table(items, tmp_path / "walks.parquet", colour_model()).made == 0


@pytest.mark.answers("bad data", "features of no numbers, of one image among others")
def test_an_image_whose_feature_is_no_number_is_named_and_the_others_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, model, embed = make_people(tmp_path / "photos"), colour_model(), ReIDModel.embed

    def broken(self: ReIDModel, images: Any, *others: Any, **more: Any) -> Any:
        features = embed(self, images, *others, **more)
        if len(features) > 1:
            features[2] = np.nan
        return features

    monkeypatch.setattr(ReIDModel, "embed", broken)
    report = _embed(root, model)
    assert report.rows == 15
    assert "2.jpg" in report.broken[0].reason or "1.jpg" in report.broken[0].reason
    assert "no numbers" in report.broken[0].reason
    assert len(_features(root)) == 15
