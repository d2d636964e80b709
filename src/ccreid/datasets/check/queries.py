"""Queries that find no match in a setting, whatever the model."""

from collections.abc import Sequence

from ccreid.datasets.check.finding import Finding, Gravity
from ccreid.datasets.check.people import by_person, person_item
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import DataSetError, ImageRecord
from ccreid.datasets.retrieval_setting import CLOTHES_WORDS, RetrievalSetting


def query_findings(data: PeopleDataSet) -> list[Finding]:
    """Return what is wrong with each of a data set's settings; one without any match stops its evaluation."""
    try:
        settings = data.settings
        data.require_matches()
    except DataSetError as error:
        advice = "mend the test images, or train and evaluate on others"
        return [Finding("no match", Gravity.STOPS, str(error), advice)]
    return [found for setting in settings for found in _without_match(setting)]


def _without_match(setting: RetrievalSetting) -> list[Finding]:
    people: Sequence[Sequence[ImageRecord]] = list(by_person(setting.unmatched()).values())
    if not people:
        return []
    count = sum(map(len, people))
    what = f"{count:,} of {len(setting.query):,} queries without a match in the setting {setting.name!r}"
    differing = f" {CLOTHES_WORDS[setting.clothes]}".rstrip()
    view = "" if setting.view == "image" else f" of another {setting.view}"
    advice = f"add gallery images of these people{view}{differing}, or leave the queries out: they are not counted"
    items = [person_item(records) for records in people]
    return [Finding(f"unmatched, {setting.name}", Gravity.DOUBTFUL, what, advice, items)]
