from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ccreid.datasets.check.queries import unmatched
from ccreid.datasets.record import ImageRecord
from ccreid.datasets.retrieval_setting import RetrievalSetting

_IMAGES = st.lists(st.tuples(st.integers(0, 2), st.sampled_from("AB"), st.integers(0, 1)), min_size=1, max_size=8)


def _records(side: str, images: list[tuple[int, str, int]]) -> list[ImageRecord]:
    return [ImageRecord(Path(f"{side}{n}.jpg"), None, *image, 0) for n, image in enumerate(images)]


def _matches(query: ImageRecord, other: ImageRecord, across_clothes: bool) -> bool:
    if query.identity != other.identity or query.camera == other.camera:
        return False
    return not across_clothes or query.clothes != other.clothes


@given(_IMAGES, _IMAGES, st.booleans())
def test_queries_without_a_match_are_those_that_match_no_gallery_image(
    query: list[tuple[int, str, int]], gallery: list[tuple[int, str, int]], across_clothes: bool
) -> None:
    asked, searched = _records("query", query), _records("gallery", gallery)
    setting = RetrievalSetting("standard", asked, searched, across_clothes=across_clothes)
    plain = [one for one in asked if not any(_matches(one, other, across_clothes) for other in searched)]
    assert unmatched(setting) == plain
    assert setting.has_match() == (len(plain) < len(asked))


def test_an_image_is_no_match_of_itself_where_cameras_are_not_known() -> None:
    records = _records("test", [(0, "", 0), (1, "", 0), (1, "", 0)])
    assert unmatched(RetrievalSetting("standard", records, records, view="image")) == records[:1]
