import pytest

from ccreid.parsing.labels import ATR, AUTHORS_MERGE, LIP, PASCAL, SIX_PARTS, LabelError, merge_table
from ccreid.parts import Part

BACKGROUND, HEAD, UPPER, PANTS, ARMS, LEGS = Part


@pytest.mark.parametrize(
    ("labels", "parts"),
    [
        pytest.param(
            ATR,
            [
                ("Background", BACKGROUND),
                ("Hat", HEAD),
                ("Hair", HEAD),
                ("Sunglasses", HEAD),
                ("Upper-clothes", UPPER),
                ("Skirt", PANTS),
                ("Pants", PANTS),
                ("Dress", UPPER),
                ("Belt", PANTS),
                ("Left-shoe", LEGS),
                ("Right-shoe", LEGS),
                ("Face", HEAD),
                ("Left-leg", LEGS),
                ("Right-leg", LEGS),
                ("Left-arm", ARMS),
                ("Right-arm", ARMS),
                ("Bag", ARMS),
                ("Scarf", UPPER),
            ],
            id="atr",
        ),
        pytest.param(
            LIP,
            [
                ("Background", BACKGROUND),
                ("Hat", HEAD),
                ("Hair", HEAD),
                ("Glove", ARMS),
                ("Sunglasses", HEAD),
                ("Upper-clothes", UPPER),
                ("Dress", UPPER),
                ("Coat", UPPER),
                ("Socks", LEGS),
                ("Pants", PANTS),
                ("Jumpsuits", UPPER),
                ("Scarf", UPPER),
                ("Skirt", PANTS),
                ("Face", HEAD),
                ("Left-arm", ARMS),
                ("Right-arm", ARMS),
                ("Left-leg", LEGS),
                ("Right-leg", LEGS),
                ("Left-shoe", LEGS),
                ("Right-shoe", LEGS),
            ],
            id="lip",
        ),
        pytest.param(
            PASCAL,
            [
                ("Background", BACKGROUND),
                ("Head", HEAD),
                ("Torso", UPPER),
                ("Upper Arms", ARMS),
                ("Lower Arms", ARMS),
                ("Upper Legs", PANTS),
                ("Lower Legs", LEGS),
            ],
            id="pascal",
        ),
    ],
)
def test_each_label_becomes_the_part_that_the_authors_give_it(
    labels: tuple[str, ...], parts: list[tuple[str, Part]]
) -> None:
    assert list(zip(labels, merge_table(labels), strict=True)) == parts


def test_the_six_parts_merge_to_themselves() -> None:
    assert merge_table(SIX_PARTS).tolist() == list(Part)


@pytest.mark.parametrize("name", ["Upper-clothes", "upper clothes", "UPPER_CLOTHES"])
def test_spelling_of_a_name_does_not_matter(name: str) -> None:
    assert merge_table([name]).tolist() == [UPPER]


def test_a_users_own_merge_is_followed() -> None:
    assert merge_table(["Bag", "Dress"], {**AUTHORS_MERGE, "Bag": BACKGROUND, "dress": PANTS}).tolist() == [0, PANTS]


def test_an_unknown_label_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(LabelError, match=r"'Wings' has no part.*known are .*sunglasses"):
        merge_table(["Background", "Wings"])
