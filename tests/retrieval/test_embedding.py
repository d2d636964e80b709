from pathlib import Path

import numpy as np
import pytest
from datasets.make_photos import make_people, make_tracks
from models.ready_model import ready_model
from retrieval.colour_model import colour_model

from ccreid.datasets.decoding import ImageError
from ccreid.datasets.image_tree import find_images
from ccreid.errors import BadValueError
from ccreid.models import build_model
from ccreid.retrieval import embedding
from ccreid.retrieval.embedding import Embedded, embed_items, photo_feature, query_features
from ccreid.retrieval.entry import Rows
from ccreid.retrieval.listing import as_items, list_images


def _embed(root: Path, known: set[str], done: Embedded, tracks: bool = False) -> list[Rows]:
    items = as_items(list_images(root), tracks)
    return list(embed_items(items, colour_model(), known, done, lambda worked, passed: None))


def test_features_are_those_of_the_model_and_batches_are_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "BATCH", 5)
    make_people(tmp_path)
    done = Embedded()
    pieces = _embed(tmp_path, set(), done)
    assert [len(rows.entries) for rows in pieces] == [5, 5, 5, 1]
    paths = [Path(entry.path) for rows in pieces for entry in rows.entries]
    np.testing.assert_array_equal(np.concatenate([rows.vectors for rows in pieces]), colour_model().embed(paths))
    assert done.made == len(paths) == len({*paths} & {*find_images(tmp_path)})


def test_known_content_needs_nothing_wherever_it_lies_now(tmp_path: Path) -> None:
    make_people(tmp_path)
    first = Embedded()
    _embed(tmp_path, set(), first)
    (tmp_path / "alice" / "suit").rename(tmp_path / "alice" / "dress")
    again = Embedded()
    assert not _embed(tmp_path, set(first.entries), again)
    assert (again.made, again.kept) == (0, 16)
    assert {entry.clothes for entry in again.entries.values()} == {"red coat", "suit", "dress"}


def test_broken_images_and_copies_are_named_and_share_no_batch(tmp_path: Path) -> None:
    make_people(tmp_path, ("alice", "bob"))
    (tmp_path / "alice" / "suit" / "broken.jpg").write_bytes(b"no image")
    (tmp_path / "zoe").mkdir()
    (tmp_path / "zoe" / "copy.jpg").write_bytes((tmp_path / "bob" / "suit" / "1.jpg").read_bytes())
    done = Embedded()
    pieces = _embed(tmp_path, set(), done)
    assert sum(len(rows.entries) for rows in pieces) == len(done.entries) == 8
    assert [skipped.path.name for skipped in done.broken] == ["broken.jpg"]
    assert [skipped.path.name for skipped in done.copies] == ["copy.jpg"]


def test_a_track_has_the_models_feature_of_it_and_a_broken_frame_is_left_out(tmp_path: Path) -> None:
    make_tracks(tmp_path)
    items = as_items(list_images(tmp_path), tracks=True)
    broken = items[0][0].image
    broken.write_bytes(b"no image")
    done = Embedded()
    pieces = _embed(tmp_path, set(), done, tracks=True)
    whole = [tuple(record for record in item if record.image != broken) for item in items]
    np.testing.assert_allclose(
        np.concatenate([rows.vectors for rows in pieces]), colour_model().embed_tracks(whole), atol=1e-6
    )
    assert [skipped.path for skipped in done.broken] == [broken]
    assert {entry.track for rows in pieces for entry in rows.entries} == {item[0].track for item in items}


def test_photos_that_are_looked_for_keep_their_order_also_twice(tmp_path: Path) -> None:
    make_people(tmp_path, ("alice", "bob"))
    photos = [*find_images(tmp_path / "bob"), find_images(tmp_path / "bob")[0], find_images(tmp_path / "alice")[0]]
    features, ids = query_features(photos, colour_model())
    np.testing.assert_array_equal(features, colour_model().embed(photos))
    assert ids[0] == ids[-2]
    (tmp_path / "text.jpg").write_text("hello")
    with pytest.raises(ImageError, match=r"text\.jpg"):
        query_features([photos[0], tmp_path / "text.jpg"], colour_model())


def test_the_bytes_of_a_photo_have_the_feature_of_its_file(tmp_path: Path) -> None:
    make_people(tmp_path, ("alice",))
    photo = find_images(tmp_path / "alice")[0]
    found = photo_feature("upload.jpg", photo.read_bytes(), colour_model())
    np.testing.assert_array_equal(found, query_features([photo], colour_model())[0])
    with pytest.raises(ImageError, match=r"upload\.jpg is broken or no image"):
        photo_feature("upload.jpg", b"hello", colour_model())


def test_a_model_that_reads_part_maps_is_refused(tmp_path: Path) -> None:
    make_people(tmp_path)
    model = ready_model(build_model("head", 2, "resnet18").eval())
    model.recipe.model.system = "head"
    with pytest.raises(BadValueError, match="head reads part maps"):
        query_features(find_images(tmp_path / "alice"), model)
    with pytest.raises(BadValueError, match="head reads part maps"):
        photo_feature("photo.jpg", b"", model)
