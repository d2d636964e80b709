"""Faults of people: too few of them or of their images, on both sides, or known in part only."""

from collections.abc import Mapping, Sequence

from ccreid.datasets.check.finding import Finding, Gravity, Item, counted
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import ImageRecord

ByPerson = Mapping[int, Sequence[ImageRecord]]


def people_findings(data: PeopleDataSet, identities: int) -> list[Finding]:
    """Return what is wrong with the people and what is known of them.

    Args:
        data: The data set.
        identities: That a batch of training takes.
    """
    train, test = by_person(data.train), by_person([*data.query, *data.gallery])
    found = [*_too_few(train, identities), *_in_training(train), *_on_both_sides(train, test)]
    found += _not_in_gallery(data)
    for side, people in (("training", train), ("test", test)):
        found += _of_one(side, people)
        found += _half_known(side, [record for records in people.values() for record in records])
    return found


def by_person(records: Sequence[ImageRecord]) -> dict[int, list[ImageRecord]]:
    """Return images by who is on them, each image once."""
    people: dict[int, list[ImageRecord]] = {}
    for record in {record.image: record for record in records}.values():
        people.setdefault(record.identity, []).append(record)
    return people


def person_item(records: Sequence[ImageRecord], note: str = "") -> Item:
    """Return the images of a person, with the name before the note.

    Args:
        records: Of one person, at least one.
        note: What is to be said.
    """
    name = name_of(records[0])
    return Item([record.image for record in records], f"{name}: {note}" if note else name)


def name_of(record: ImageRecord) -> str:
    """Return the name of who is on an image, or the number with a word to it."""
    return record.person or f"identity {record.identity}"


def _too_few(train: ByPerson, identities: int) -> list[Finding]:
    if not train:
        advice = "nothing, where a trained model is evaluated; to train, add training images"
        return [Finding("no training images", Gravity.STOPS, "there are no training images", advice)]
    if len(train) >= identities:
        return []
    what = f"{counted(len(train), 'training person', 'training people')}, and a batch takes {identities}"
    if len(train) < 2:
        return [Finding("too few people", Gravity.STOPS, what, "add people: training needs at least two")]
    advice = f"train with --data.identities {len(train)}, or add people"
    return [Finding("too few people", Gravity.STOPS, what, advice)]


def _in_training(train: ByPerson) -> list[Finding]:
    single = [records for records in train.values() if len(records) == 1]
    if not single:
        return []
    what = f"{_people(len(single), 'training')} with one image"
    advice = "add images of them or leave them out: a batch shows the same image again, of which nothing is learned"
    return [Finding("one image", Gravity.DOUBTFUL, what, advice, [person_item(records) for records in single])]


def _on_both_sides(train: ByPerson, test: ByPerson) -> list[Finding]:
    both = [[*train[identity][:1], *test[identity][:1]] for identity in train if identity in test]
    if not both:
        return []
    what = f"{_people(len(both))} in training and in test"
    advice = "keep each on one side, if it is one person: people who were learned are found too easily"
    return [Finding("both sides", Gravity.DOUBTFUL, what, advice, [person_item(records) for records in both])]


def _not_in_gallery(data: PeopleDataSet) -> list[Finding]:
    searched = {record.identity for record in data.gallery}
    asked = by_person(data.query)
    missing = [records for identity, records in asked.items() if identity not in searched]
    never = len(searched - asked.keys())
    found = []
    if missing:
        what = f"{_people(len(missing))} asked for and not in the gallery"
        advice = "add images of them to the gallery, or leave their queries out: these are not counted"
        items = [person_item(records) for records in missing]
        found.append(Finding("not in gallery", Gravity.DOUBTFUL, what, advice, items))
    if never:
        what = f"{_people(never)} in the gallery whom no query asks for"
        found.append(
            Finding("never asked for", Gravity.TO_KNOW, what, "nothing: they are wrong answers to all queries")
        )
    return found


def _of_one(side: str, people: ByPerson) -> list[Finding]:
    """People of whom several images show one outfit or one camera, where those are known."""
    found = []
    for word, known in (("outfit", _outfits), ("camera", _cameras)):
        of_one = [records for records in people.values() if len(records) > 1 and len(known(records)) == 1]
        if not of_one:
            continue
        what = f"{_people(len(of_one), side)} of {len(people):,} seen in one {word} only"
        lost = "in other clothes" if word == "outfit" else "by another camera"
        advice = f"add images {lost} where there are any: nothing of them is learned or tested {lost}"
        items = [person_item(records, f"{word} {next(iter(known(records)))}") for records in of_one]
        found.append(Finding(f"one {word}", Gravity.TO_KNOW, what, advice, items))
    return found


def _half_known(side: str, records: Sequence[ImageRecord]) -> list[Finding]:
    found = []
    for word, known in (("outfit", _outfits), ("camera", _cameras)):
        unknown = [record for record in records if not known([record])]
        if unknown and len(unknown) < len(records):
            what = f"{counted(len(unknown), f'{side} image')} of {len(records):,} without {_an(word)}"
            advice = f"say the {word} of all: it is used only where it is known of every {side} image"
            items = [Item([record.image], record.who) for record in unknown]
            found.append(Finding(f"{word} unknown", Gravity.DOUBTFUL, what, advice, items))
    return found


def _outfits(records: Sequence[ImageRecord]) -> set[str]:
    return {str(record.clothes) for record in records if record.clothes is not None}


def _cameras(records: Sequence[ImageRecord]) -> set[str]:
    return {record.camera for record in records if record.camera}


def _people(number: int, side: str = "") -> str:
    words = f"{side} " if side else ""
    return counted(number, f"{words}person", f"{words}people")


def _an(word: str) -> str:
    return f"an {word}" if word == "outfit" else f"a {word}"
