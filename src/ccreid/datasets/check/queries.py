"""Queries that find no match in a setting, whatever the model."""

from collections.abc import Sequence

from ccreid.datasets.check.finding import Finding, Gravity
from ccreid.datasets.check.people import by_person, person_item
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import DataSetError, ImageRecord
from ccreid.datasets.retrieval_setting import RetrievalSetting


def query_findings(data: PeopleDataSet) -> list[Finding]:
    """Return what is wrong with each of a data set's settings; one without any match stops its evaluation."""
    try:
        settings = data.settings
        data.require_matches()
    except DataSetError as error:
        advice = "mend the test images, or train and evaluate on others"
        return [Finding("no match", Gravity.STOPS, str(error), advice)]
    return [found for setting in settings for found in _without_match(setting)]


def unmatched(setting: RetrievalSetting) -> list[ImageRecord]:
    """Return the queries that have no gallery image of their identity left after the setting's filters."""
    gallery: dict[int, set[tuple[str, int | str | None]]] = {}
    for record in setting.gallery:
        gallery.setdefault(record.identity, set()).add((setting.view_of(record), record.clothes))
    return [record for record in setting.query if not _matched(setting, record, gallery.get(record.identity, set()))]


def _matched(setting: RetrievalSetting, query: ImageRecord, gallery: set[tuple[str, int | str | None]]) -> bool:
    own = setting.view_of(query)
    return any(view != own and (not setting.across_clothes or clothes != query.clothes) for view, clothes in gallery)


def _without_match(setting: RetrievalSetting) -> list[Finding]:
    people: Sequence[Sequence[ImageRecord]] = list(by_person(unmatched(setting)).values())
    if not people:
        return []
    count = sum(map(len, people))
    what = f"{count:,} of {len(setting.query):,} queries without a match in the setting {setting.name!r}"
    differing = " in other clothes" if setting.across_clothes else ""
    view = "" if setting.view == "image" else f" of another {setting.view}"
    advice = f"add gallery images of these people{view}{differing}, or leave the queries out: they are not counted"
    items = [person_item(records) for records in people]
    return [Finding(f"unmatched, {setting.name}", Gravity.DOUBTFUL, what, advice, items)]
