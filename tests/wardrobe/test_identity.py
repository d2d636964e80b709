"""Drawing people."""

import json
from dataclasses import asdict

import numpy as np

from ccreid.wardrobe.body import LOCAL_CHANGES
from ccreid.wardrobe.identity import Identity, sample_identity

PEOPLE = [sample_identity(np.random.default_rng(seed)) for seed in range(400)]


def test_the_same_seed_draws_the_same_person() -> None:
    assert sample_identity(np.random.default_rng(11)) == PEOPLE[11]
    assert PEOPLE[11] != PEOPLE[12]


def test_a_person_is_plain_values() -> None:
    for person in PEOPLE[:20]:
        text = json.dumps(asdict(person))
        assert json.loads(text)["skin"] == list(person.skin)


def test_values_stay_in_their_ranges() -> None:
    for person in PEOPLE:
        phenotype = asdict(person.phenotype)
        assert all(0.0 <= value <= 1.0 for value in phenotype.values())
        assert abs(phenotype["african"] + phenotype["asian"] + phenotype["caucasian"] - 1.0) < 1e-6
        assert person.local_changes.keys() == LOCAL_CHANGES.keys()
        assert all(-1.0 <= value <= 1.0 for value in person.local_changes.values())
        for colour in (person.skin, person.lips, person.eyes, person.hair.colour, person.hair.tips):
            assert all(0.0 <= channel <= 1.0 for channel in colour)


def test_people_are_varied() -> None:
    def share(of: object) -> float:
        return sum(map(of, PEOPLE)) / len(PEOPLE)  # type: ignore[arg-type,call-overload]

    assert 0.4 < share(lambda person: person.phenotype.gender > 0.5) < 0.6
    assert 0.4 < share(lambda person: person.shoes is not None) < 0.6
    assert len({person.hair.style for person in PEOPLE}) == 9
    assert len({person.beard for person in PEOPLE}) == 5
    assert len({person.glasses for person in PEOPLE}) == 3
    lightness = [sum(person.skin) / 3 for person in PEOPLE]
    assert np.ptp(lightness) > 0.5


def test_only_men_grow_beards() -> None:
    bearded: list[Identity] = [person for person in PEOPLE if person.beard != "none"]
    assert bearded
    assert all(person.phenotype.gender <= 0.5 for person in bearded)
