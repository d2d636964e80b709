from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from evaluation.made_people import asked_by_half, made_people
from evaluation.plain_calibration import plain_pairs

from ccreid.datasets.record import ImageRecord
from ccreid.errors import BadValueError
from ccreid.evaluation.pair_counts import (
    KINDS,
    LOW,
    STEPS,
    Labelled,
    count_pairs,
    count_steps,
    of_step,
    pair_blocks,
    to_steps,
)


@pytest.mark.parametrize("images", [made_people(), asked_by_half(made_people())], ids=["alike", "asked"])
@pytest.mark.parametrize("block", [1, 7, 64, 10_000])
def test_blocks_of_any_size_hold_each_pair_that_counts_once(block: int, images: Labelled) -> None:
    found: Counter[tuple[str, float]] = Counter()
    for pairs in pair_blocks(images, block):
        found.update(("different", of_step(step)) for step in pairs.different.tolist())
        found.update((KINDS[kind], of_step(step)) for kind, step in zip(pairs.kinds, pairs.same.tolist(), strict=True))
        one, other = pairs.people
        assert (images.identities[one] != images.identities[other]).all()
        queries = images.features if images.asked is None else images.asked
        products = (queries[one] * images.features[other]).sum(axis=1)
        assert (products == [of_step(step) for step in pairs.different.tolist()]).all()
    expected = Counter((kind, similarity) for kind, similarity in plain_pairs([images]))
    assert found == expected
    assert {kind for kind, _ in expected} == set(KINDS)


def test_bins_and_steps_count_the_pairs_of_all_sets_and_none_between_them() -> None:
    sets = [made_people(seed=0), made_people(seed=1, images=3)]
    pairs = plain_pairs(sets)
    counts = count_pairs(sets)
    for kind, name in enumerate(KINDS):
        assert counts[kind].sum() == sum(pair.kind == name for pair in pairs)
        steps = to_steps(np.array([pair.similarity for pair in pairs if pair.kind == name], dtype=np.float32))
        assert (counts[kind] == np.bincount(steps >> LOW, minlength=len(counts[kind]))).all()
    some = int(np.flatnonzero(counts[0])[-1])
    fine = count_steps(sets, [some])[some]
    assert (fine.sum(axis=1) == counts[:, some]).all()
    assert np.count_nonzero(fine[0]) == 1


def test_a_similarity_is_at_or_above_a_step_exactly_where_its_own_is() -> None:
    random = np.random.default_rng(0)
    values = np.concatenate([random.uniform(-1, 1, 2000), [-1, 0, 1, 1 - 2**-24]]).astype(np.float32)
    steps = to_steps(values)
    for step in [*steps[:20].tolist(), 0, 1, STEPS, 2 * STEPS]:
        assert ((values >= of_step(step)) == (steps >= step)).all()
    assert to_steps(np.array([1.0000001, -1.0000001], dtype=np.float32)).tolist() == [2 * STEPS, 0]


def test_images_of_nobody_and_without_a_feature_are_left_out() -> None:
    features = np.array([[3.0, 4.0], [0, 0], [1, 0], [0, 2]])
    images = Labelled.of(features, [("a", "", "", ""), ("a", "", "", ""), ("", "", "", ""), ("b", "", "", "")])
    assert images.identities.tolist() == ["a", "b"]
    assert images.features.tolist() == [[np.float32(0.6), np.float32(0.8)], [0, 1]]
    records = [
        ImageRecord(Path("1.jpg"), None, 0, "1", None, 0),
        ImageRecord(Path("2.jpg"), None, 0, "1", 3, 0, person="ann", track="t"),
        ImageRecord(Path("3.jpg"), None, 7, "2", None, 0),
        ImageRecord(Path("4.jpg"), None, 8, "2", None, 0),
    ]
    images = Labelled.of_records(np.ones((4, 2)), records)
    assert images.identities.tolist() == ["ann", "7", "8"]
    assert (images.clothes.tolist(), images.tracks.tolist()) == (["3", "", ""], ["t", "", ""])


@pytest.mark.parametrize(
    ("people", "images", "said"), [(1, 4, "no two images are of different people"), (4, 1, "no two images are of one")]
)
def test_sets_without_pairs_are_refused(people: int, images: int, said: str) -> None:
    with pytest.raises(BadValueError, match=said):
        count_pairs([made_people(people, images)])
