import itertools
from dataclasses import replace

import numpy as np
import pytest
from evaluation.made_people import asked_by_half, made_people
from evaluation.plain_calibration import plain_pairs, plain_threshold

from ccreid.evaluation import pair_bootstrap
from ccreid.evaluation.calibrate import calibrate
from ccreid.evaluation.pair_bootstrap import bootstrap
from ccreid.evaluation.pair_counts import Labelled


def _drawn(images: Labelled, draw: np.ndarray) -> Labelled:
    """Return the images of the people that were drawn; a person who was drawn twice is one person twice."""
    people = np.unique(images.identities)
    return images.take(np.concatenate([np.flatnonzero(images.identities == people[one]) for one in draw]))


def _drawn_threshold(images: Labelled, draw: np.ndarray, rate: float) -> float:
    """Return the threshold on the images of drawn people, pair by pair; two draws of one person are no such pair."""
    return plain_threshold(plain_pairs([_drawn(images, draw)]), rate)


@pytest.mark.slow
@pytest.mark.parametrize(("asked", "seed", "rate"), [(False, 1, 0.2), (True, 3, 0.3)])
def test_the_interval_is_that_of_thresholds_on_people_who_were_drawn_anew(
    monkeypatch: pytest.MonkeyPatch, asked: bool, seed: int, rate: float
) -> None:
    monkeypatch.setattr(pair_bootstrap, "REPLICATES", 2000)
    images = made_people(people=4, images=3, seed=seed, labels=False)
    images = asked_by_half(images) if asked else images
    measured = plain_threshold(plain_pairs([images]), rate)
    draws = [np.array(draw) for draw in itertools.product(range(4), repeat=4) if len(set(draw)) > 1]
    expected = np.quantile([_drawn_threshold(images, draw, rate) - measured for draw in draws], (0.025, 0.975))
    # The values are multiples of 1/8, so that the ends are one of them or next to it.
    assert bootstrap([images], [rate]).similarity[0] == pytest.approx(expected, abs=0.13)
    assert np.ptp(expected) > 0.2


@pytest.mark.slow
def test_more_people_make_a_narrower_interval() -> None:
    widths = []
    for people in (8, 60):
        threshold = calibrate([made_people(people=people, images=4)], ["made"], [0.1]).calibration.at(0.1)
        widths.append(threshold.found["across"].high - threshold.found["across"].low)
    assert widths[1] < 0.6 * widths[0]


def test_each_way_of_a_pair_counts_where_both_ask_and_the_interval_is_the_same() -> None:
    images = made_people()
    both = replace(images, asked=images.features)
    one, other = bootstrap([images], [0.1]), bootstrap([both], [0.1])
    assert (one.similarity == other.similarity).all()
    assert (one.found == other.found).all()


def test_images_of_the_same_people_do_not_make_up_for_people() -> None:
    single = made_people(people=6, images=4, labels=False)
    often = single.take(np.tile(np.arange(len(single)), 6))
    one, other = (np.ptp(bootstrap([images], [0.1]).found[2, 0]) for images in (single, often))
    assert other > 0.5 * one > 0


def test_of_many_images_some_of_each_person_stand_behind_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_bootstrap, "IMAGES", 60)
    images = made_people(people=20, images=12)
    some = pair_bootstrap._some(images)
    assert len(some) == 60
    assert len(np.unique(some.identities)) == 20
    assert np.ptp(bootstrap([images], [0.1]).similarity[0]) > 0


def test_the_same_seed_gives_the_same_interval() -> None:
    sets = [made_people(), made_people(seed=1)]
    one, other = bootstrap(sets, [0.1, 0.01]), bootstrap(sets, [0.1, 0.01])
    assert (one.similarity == other.similarity).all()
    assert (one.found == other.found).all()
