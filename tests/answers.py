"""Writes what tests show of bad inputs, one JSON file an area; a test says so by `@pytest.mark.answers(area, case)`."""

import json
from pathlib import Path

import pytest

_NAME = "answers"


class Answers:
    """A plugin of pytest's that keeps how the tests of each case ended, also those of other processes.

    Args:
        folder: Of the files, AREA.json: a list of objects with area, case, command, outcome and lost, the number of
            the case's tests that failed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ended: dict[tuple[str, str], dict[str, str]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            for mark in item.iter_markers(_NAME):
                area, case = mark.args
                item.user_properties.append((_NAME, (area, case)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        for name, said in report.user_properties:
            if name == _NAME:
                self._ended.setdefault(tuple(said), {})[report.nodeid] = report.outcome

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workerinput"):  # the process that hands out the tests writes
            return
        areas: dict[str, list[dict[str, object]]] = {}
        for (area, case), ended in sorted(self._ended.items()):
            failed = sum(outcome == "failed" for outcome in ended.values())
            tried = any(outcome != "skipped" for outcome in ended.values())
            areas.setdefault(area, []).append(
                {
                    "area": area,
                    "case": case,
                    "command": " ".join(["pytest", *sorted({node.partition("[")[0] for node in ended})]),
                    "outcome": "failed" if failed else "answered" if tried else "not tried",
                    "lost": failed,
                }
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        for area, rows in areas.items():
            text = json.dumps(rows, indent=2, ensure_ascii=False)
            Path(self._folder, f"{area.replace(' ', '_')}.json").write_text(f"{text}\n", encoding="utf-8")
