import numpy as np
import pytest
from evaluation.made_people import asked_by_half, made_people
from evaluation.plain_calibration import plain_pairs, plain_threshold

from ccreid.errors import BadValueError
from ccreid.evaluation.calibrate import RATES, calibrate, curve, quantile
from ccreid.evaluation.pair_counts import Labelled, count_pairs

SETS = [made_people(seed=3), made_people(seed=4, people=9, images=4)]


@pytest.mark.parametrize("sets", [SETS, [asked_by_half(images) for images in SETS]], ids=["alike", "asked"])
@pytest.mark.parametrize("rate", [0.5, 0.29, 0.1, 0.01, 0.002])
def test_a_threshold_is_what_counting_every_pair_gives(rate: float, sets: list[Labelled]) -> None:
    calibration = calibrate(sets, ["one", "other"], [rate]).calibration
    pairs = plain_pairs(sets)
    threshold = calibration.at(rate)
    assert threshold.similarity.value == plain_threshold(pairs, rate)
    different = [pair.similarity for pair in pairs if pair.kind == "different"]
    assert calibration.different == len(different)
    assert threshold.false_matches == sum(value >= threshold.similarity.value for value in different)
    assert threshold.false_matches <= rate * len(different)
    for clothes, found in threshold.found.items():
        of_kind = [pair.similarity for pair in pairs if pair.kind == clothes]
        assert calibration.same[clothes] == len(of_kind)
        assert found.value == pytest.approx(np.mean([value >= threshold.similarity.value for value in of_kind]))


def test_a_calibration_says_what_it_was_measured_on() -> None:
    calibration = calibrate(SETS, ["one", "other"]).calibration
    assert calibration.data == ("one", "other")
    assert (calibration.images, calibration.people) == (30 + 36, 6 + 9)
    assert [threshold.fmr for threshold in calibration.thresholds] == [rate for rate in RATES if rate >= 0.01]
    for threshold in calibration.thresholds:
        for estimate in (threshold.similarity, *threshold.found.values()):
            assert estimate.low <= estimate.value <= estimate.high
            assert estimate.low < estimate.high or estimate.value in (0, 1)


def test_of_a_model_that_tells_nobody_apart_no_pair_passes() -> None:
    images = Labelled.of(np.ones((20, 4)), [(f"p{number // 2}", "", "", "") for number in range(20)])
    threshold = calibrate([images], ["made"], [0.01]).calibration.at(0.01)
    assert threshold.similarity.value > 1
    assert (threshold.false_matches, threshold.found["unknown"].value) == (0, 0)


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (0.0, "expected a share between 0 and 1"),
        (1.0, "expected a share between 0 and 1"),
        (1e-4, r"cannot be measured on \d+ pairs of different people: it needs 10000 or more"),
    ],
)
def test_a_rate_that_cannot_be_measured_is_refused(rate: float, said: str) -> None:
    with pytest.raises(BadValueError, match=said):
        calibrate(SETS, ["one", "other"], [rate])


def test_every_point_of_the_curve_is_a_count_of_pairs() -> None:
    pairs = plain_pairs(SETS)
    drawn = curve(count_pairs(SETS))
    assert (np.diff(drawn.similarity) < 0).all()
    assert (drawn.false_matches[0], drawn.false_matches[-1]) == (0, 1)
    for kind, shares in {"different": drawn.false_matches, **drawn.found}.items():
        values = np.array([pair.similarity for pair in pairs if pair.kind == kind])
        assert shares == pytest.approx([(values >= one).mean() for one in drawn.similarity])
    assert set(drawn.found) == {"across", "within", "unknown"}


def test_a_quantile_of_the_counts_is_that_of_the_pairs() -> None:
    pairs = plain_pairs(SETS)
    counts = count_pairs(SETS)
    values = np.array([pair.similarity for pair in pairs if pair.kind == "different"])
    for share in (0.05, 0.5, 0.95):
        expected = np.quantile(values, share, method="inverted_cdf")
        assert quantile(counts[0], share) == pytest.approx(expected, abs=2**-15)
