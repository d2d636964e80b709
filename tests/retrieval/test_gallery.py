from extras import needs

needs("search")

from pathlib import Path

import pytest
from datasets.made_person import write_person
from datasets.make_photos import make_people
from evaluation.head_colour import HeadColour
from models.ready_model import ready_model
from retrieval.colour_model import colour_model

import ccreid
from ccreid.errors import BadValueError
from ccreid.evaluation.reranking import Reranking
from ccreid.retrieval.feature_mark import OtherModelError


@pytest.fixture(params=["gallery.parquet", "gallery.db"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


@pytest.mark.slow
def test_people_are_found_across_clothes_and_not_found_once_removed(uri: Path) -> None:
    photos = make_people(uri.parent / "photos")
    with ccreid.Gallery(uri, ready_model(HeadColour().eval())) as gallery:
        assert gallery.add(photos) == []
        assert gallery.add(photos) == []
        assert len(gallery) == 16
        asked = photos / "bob" / "suit" / "1.jpg"
        for reranking in (None, Reranking()):
            (hits,) = gallery.search(asked, top=3, reranking=reranking)
            assert {hit.entry.identity for hit in hits} == {"bob"}
            assert str(asked) not in {hit.entry.path for hit in hits}
        assert "red coat" in {hit.entry.clothes for hit in hits}
        (together,) = gallery.search([asked, photos / "bob" / "suit" / "2.jpg"], top=2, together=True)
        assert {hit.entry.clothes for hit in together} == {"red coat"}
        assert len(gallery.remove(identities=["bob"])) == 4
        assert "bob" not in {hit.entry.identity for hit in gallery.search(asked, top=16)[0]}
        assert len(gallery) == 12


@pytest.mark.slow
def test_files_are_added_one_by_one_and_broken_ones_are_returned(uri: Path) -> None:
    with ccreid.Gallery(uri, colour_model()) as gallery:
        good = write_person(uri.parent, "1.png", 0, 0, parts=False)
        bad = uri.parent / "bad.png"
        bad.write_text("hello")
        assert len(gallery) == 0
        assert [skipped.path for skipped in gallery.add([good, str(bad)])] == [bad]
        assert len(gallery) == 1
        gallery.add(good)
        assert len(gallery) == 1


@pytest.mark.slow
def test_another_models_gallery_is_refused(uri: Path) -> None:
    with ccreid.Gallery(uri, colour_model()) as gallery:
        gallery.add(write_person(uri.parent, "1.png", 0, 0, parts=False))
    with pytest.raises(OtherModelError, match="colours0"):
        ccreid.Gallery(uri, colour_model(1))


def test_an_address_of_no_known_kind_is_one_clear_line() -> None:
    with pytest.raises(BadValueError, match=r"gallery\.csv"):
        ccreid.Gallery("gallery.csv", colour_model())
    with pytest.raises(BadValueError, match="a token is for a server"):
        ccreid.Gallery("gallery.db", colour_model(), token="root:Milvus")
