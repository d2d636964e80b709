"""A data set with all that is wrong or doubtful with it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ccreid.datasets.check.copies import copy_findings
from ccreid.datasets.check.finding import Finding, Gravity, Item, counted, gravest_first
from ccreid.datasets.check.look import look_at
from ccreid.datasets.check.people import people_findings
from ccreid.datasets.check.pictures import parts_findings, picture_findings
from ccreid.datasets.check.queries import query_findings
from ccreid.datasets.decoding import IMAGE_SUFFIXES
from ccreid.datasets.open_data import open_data_set
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import TEST_SHARE, DataSetError, ImageRecord, MissingFolderError, Skipped


@dataclass(frozen=True)
class DataCheck:
    """What a check found.

    Attributes:
        root: Of the data set.
        findings: The gravest first.
        train: Training images.
        test: Test images.
        title: Which data set it is; empty where it could not be opened.
        summary: What is read and what was left out, in lines; empty where it could not be opened.
        seconds: Time that it took.
    """

    root: Path
    findings: Sequence[Finding]
    train: Sequence[ImageRecord] = field(default=(), repr=False)
    test: Sequence[ImageRecord] = field(default=(), repr=False)
    title: str = ""
    summary: str = ""
    seconds: float = 0.0

    @property
    def stops(self) -> bool:
        """Whether training or evaluation fails."""
        return any(finding.gravity is Gravity.STOPS for finding in self.findings)


def check_data(root: Path, identities: int, dataset: str = "auto", test_share: float = TEST_SHARE) -> DataCheck:
    """Look at every image and part map of a data set, once, and at who is on them.

    Args:
        root: See `open_data_set`.
        identities: People in a batch of the training that is meant, `data.identities`.
        dataset: See `open_data_set`.
        test_share: See `open_data_set`.

    Raises:
        MissingFolderError: There is no data set.
        MissingExtraError: imagehash is not installed.
    """
    started = time.monotonic()
    try:
        data = open_data_set(root, dataset, "where_there", test_share=test_share)
    except MissingFolderError:
        raise
    except DataSetError as error:
        # It lists what is wrong, and until that is mended nothing more is known.
        finding = Finding("unreadable", Gravity.STOPS, str(error), "mend this, and check again")
        return DataCheck(Path(root), [finding], seconds=time.monotonic() - started)
    test = [*{record.image: record for record in (*data.gallery, *data.query)}.values()]
    tested = {record.image for record in test}
    train = [record for record in _all(data) if record.image not in tested]
    findings = _findings(data, train, test, identities)
    return DataCheck(data.root, findings, train, test, data.title, _summary(data), time.monotonic() - started)


def _all(data: PeopleDataSet) -> list[ImageRecord]:
    """Return all images, also where a setting without queries or gallery is refused."""
    try:
        return data.records()
    except DataSetError:
        return list(data.train)


def _summary(data: PeopleDataSet) -> str:
    try:
        return data.summary()
    except DataSetError:
        return ""


def _findings(
    data: PeopleDataSet, train: Sequence[ImageRecord], test: Sequence[ImageRecord], identities: int
) -> list[Finding]:
    looks = look_at([*train, *test])
    learned = [True] * len(train) + [False] * len(test)
    return gravest_first(
        [
            *copy_findings(looks, learned),
            *query_findings(data),
            *people_findings(data, identities),
            *picture_findings(looks),
            *parts_findings(looks, learned),
            *_left_out(data.skipped),
        ]
    )


def _left_out(skipped: Sequence[Skipped]) -> list[Finding]:
    """Return a finding for each reason; images and folders that were left out are doubtful, unless it is meant."""
    reasons: dict[tuple[str, Gravity], list[Skipped]] = {}
    for one in skipped:
        lost = not one.meant and (one.path.suffix.lower() in IMAGE_SUFFIXES or one.path.is_dir())
        reasons.setdefault((one.reason, Gravity.DOUBTFUL if lost else Gravity.TO_KNOW), []).append(one)
    return [
        Finding(
            "left out",
            gravity,
            f"{counted(len(some), 'file')} left out: {reason}",
            "nothing, if they are meant to be left out; see docs/datasets.md for how names and folders are read",
            [Item([one.path]) for one in some],
        )
        for (reason, gravity), some in reasons.items()
    ]
