from extras import needs

needs("train")

from pathlib import Path

import numpy as np
import pytest
import torch
from datasets.make_prcc import make_prcc
from parsing.label_maps.made_photos import make_photos
from torch import Tensor

from ccreid.datasets.prcc import PRCC
from ccreid.parsing.label_maps.photos import LabelledPhotos
from ccreid.parts import IGNORED
from ccreid.training.parser.people import Draws, LearnedPeople
from ccreid.training.parser_recipe import ParserDataRecipe, ParserRecipe


@pytest.fixture
def sources(tmp_path: Path) -> tuple[PRCC, LabelledPhotos]:
    root = make_photos(tmp_path / "photos")
    data = make_prcc(tmp_path / "data", train_identities=2, test_identities=1, images=1)
    return PRCC(data), LabelledPhotos(root, root / "merge.yaml", 0.34)


def _recipe(photo_share: float = 0.5, seed: int = 0, cache: bool = False) -> ParserRecipe:
    return ParserRecipe(seed=seed, data=ParserDataRecipe(photo_share=photo_share, cache=cache))


def _all(people: LearnedPeople, count: int) -> list[tuple[Tensor, ...]]:
    return [tuple(people[draw]) for draw in range(count)]


@pytest.mark.slow
def test_the_share_of_photos_is_drawn_and_rows_say_of_what(sources: tuple[PRCC, LabelledPhotos]) -> None:
    people = LearnedPeople(*sources, _recipe(0.7))
    rows = [int(people[draw].row) for draw in range(200)]
    photos = [row for row in rows if people.records[row].image.parent.name == "photos"]
    # Five standard deviations of a draw of 200.
    assert abs(len(photos) / 200 - 0.7) < 5 * (0.7 * 0.3 / 200) ** 0.5
    assert set(rows) == set(range(len(people.records)))
    held_out = {pair.photo for pair in sources[1].held_out}
    assert not held_out & {record.image for record in people.records}


@pytest.mark.parametrize("missing", [0, 1])
def test_one_kind_alone_does(sources: tuple[PRCC, LabelledPhotos], missing: int) -> None:
    given = [None if place == missing else source for place, source in enumerate(sources)]
    people = LearnedPeople(*given, _recipe())  # type: ignore[arg-type]
    assert {int(people[draw].row) for draw in range(40)} == set(range(len(people.records)))


def test_a_draw_is_the_same_whenever_it_is_asked_for_and_whether_kept_or_not(
    sources: tuple[PRCC, LabelledPhotos],
) -> None:
    first = _all(LearnedPeople(*sources, _recipe()), 12)
    kept = LearnedPeople(*sources, _recipe(cache=True))
    for draw in reversed(range(12)):
        assert all(torch.equal(one, other) for one, other in zip(first[draw], kept[draw], strict=True))
    other_seed = _all(LearnedPeople(*sources, _recipe(seed=1)), 12)
    assert not all(torch.equal(one[0], other[0]) for one, other in zip(first, other_seed, strict=True))


def test_photos_have_parts_and_pixels_that_do_not_count(sources: tuple[PRCC, LabelledPhotos]) -> None:
    people = LearnedPeople(None, sources[1], _recipe())
    image, parts, *_ = people[0]
    assert (image.shape, parts.shape) == ((3, 256, 128), (256, 128))
    values = set(np.unique(torch.stack([people[draw].parts for draw in range(20)])).tolist())
    assert values == {0, 1, 2, 3, 4, 5, IGNORED}


def test_draws_go_on_from_epoch_to_epoch_and_are_shared_out() -> None:
    whole, *shares = Draws(7), *(Draws(7, rank, 2) for rank in range(2))
    for epoch in range(2):
        for draws in (whole, *shares):
            draws.set_epoch(epoch)
        assert list(whole) == list(range(7 * epoch, 7 * epoch + 7))
        assert sorted([*shares[0], *shares[1]]) == list(whole)[:6]
        assert len(shares[0]) == len(shares[1]) == 3
