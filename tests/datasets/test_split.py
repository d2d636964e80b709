from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccreid.datasets.record import ImageRecord
from ccreid.datasets.split import split_identities


def _records(identities: int) -> list[ImageRecord]:
    return [ImageRecord(Path(f"{i}_{k}"), None, i, "A", 1, k) for i in range(identities) for k in range(3)]


@given(st.integers(2, 30), st.floats(0, 1), st.integers(0, 99))
def test_nobody_is_on_both_sides_and_nothing_is_lost(identities: int, share: float, seed: int) -> None:
    records = _records(identities)
    learned, held_out = split_identities(records, share, seed)
    assert learned
    assert held_out
    assert not {r.identity for r in learned} & {r.identity for r in held_out}
    assert sorted(learned + held_out, key=records.index) == records


def test_the_share_is_of_identities() -> None:
    assert len({r.identity for r in split_identities(_records(20), 0.25, 0)[1]}) == 5


def test_the_draw_depends_on_the_seed_alone() -> None:
    assert split_identities(_records(20), 0.5, 1) == split_identities(_records(20), 0.5, 1)
    assert split_identities(_records(20), 0.5, 1) != split_identities(_records(20), 0.5, 2)


def test_one_identity_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="1 identity cannot be split"):
        split_identities(_records(1), 0.5, 0)


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="expected a number from 0 to 1"):
        split_identities(_records(5), share, 0)
