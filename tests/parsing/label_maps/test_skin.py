import numpy as np

from ccreid.parsing.label_maps.skin import divide_skin
from ccreid.parts import Part


def _parts_of(*spans: tuple[int, int]) -> list[list[str]]:
    """Return the parts of each of some pieces of skin, by their first and last row of a person of 100 rows."""
    skin = np.zeros((120, 2 * len(spans)), bool)
    for place, (first, last) in enumerate(spans):
        skin[10 + first : 10 + last, 2 * place] = True
    person = np.zeros_like(skin)
    person[10:110] = True
    parts = divide_skin(skin, person)
    assert not parts[~skin].any()
    return [sorted({Part(value).name for value in parts[skin[:, 2 * place], 2 * place]}) for place in range(len(spans))]


def test_faces_hands_and_legs_are_each_of_one_part_also_across_the_rows() -> None:
    face, hand, leg, ankle = (5, 20), (50, 62), (45, 90), (92, 96)
    assert _parts_of(face, hand, leg, ankle) == [["HEAD"], ["ARMS"], ["LEGS"], ["LEGS"]]


def test_a_piece_from_the_face_to_the_knees_is_divided_at_the_rows() -> None:
    skin = np.zeros((100, 1), bool)
    skin[5:80] = True
    parts = divide_skin(skin, np.ones((100, 1), bool))[:, 0]
    assert (parts[5:17] == Part.HEAD).all()
    assert (parts[17:57] == Part.ARMS).all()
    assert (parts[57:80] == Part.LEGS).all()


def test_without_skin_there_is_nothing() -> None:
    assert not divide_skin(np.zeros((4, 3), bool), np.zeros((4, 3), bool)).any()
