from hypothesis import given
from hypothesis import strategies as st

from ccreid.datasets.record import spread_evenly


@given(st.integers(0, 50), st.integers(1, 60))
def test_the_chosen_are_different_in_order_and_as_far_from_both_ends(items: int, count: int) -> None:
    chosen = spread_evenly(range(items), count)
    assert len(chosen) == min(items, count)
    assert chosen == sorted(set(chosen))
    if chosen:
        assert abs(chosen[0] - (items - 1 - chosen[-1])) <= 1
