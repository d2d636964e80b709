"""The page of a check: what was found, with contact sheets, and who is on how many images under which camera."""

from pathlib import Path
from typing import Any, Final

from ccreid import __version__
from ccreid.app.check.bars import bar_plots
from ccreid.app.check.names import shown_name, writable
from ccreid.app.html_pages import from_template, thumbnails
from ccreid.atomic_files import write_atomically
from ccreid.datasets.check.check import DataCheck
from ccreid.datasets.check.finding import Finding, Item

# So a page of all kinds of faults has some two megabytes at most.
_ITEMS: Final = 24
_FILES: Final = 4


def write_page(check: DataCheck, path: Path) -> None:
    """Write a check as one HTML file that needs no other.

    Args:
        check: What was found.
        path: The file.

    Raises:
        WriteError: The file cannot be written.
    """
    shown = [file for finding in check.findings for item in finding.items[:_ITEMS] for file in item.files[:_FILES]]
    pictures = thumbnails(shown)
    page = from_template(
        "check.html",
        root=writable(str(check.root)),
        check=check,
        summary=writable(check.summary),
        findings=[_finding(check, finding, pictures) for finding in check.findings],
        plots=bar_plots(check.train, check.test),
        version=__version__,
    )
    write_atomically(path, writable(page))


def _finding(check: DataCheck, finding: Finding, pictures: dict[Path, str]) -> dict[str, Any]:
    return {
        "gravity": finding.gravity,
        "what": writable(finding.what),
        "advice": finding.advice,
        "items": [_item(check, item, pictures) for item in finding.items[:_ITEMS]],
        "more": max(0, len(finding.items) - _ITEMS),
    }


def _item(check: DataCheck, item: Item, pictures: dict[Path, str]) -> dict[str, Any]:
    files = [{"name": shown_name(file, check.root), "picture": pictures.get(file)} for file in item.files[:_FILES]]
    note = item.note
    for file in item.files:  # an error opens with the file, whose name stands above it here
        note = note.removeprefix(str(file)).lstrip(": ")
    note = writable(note.replace(f"{check.root}/", ""))
    return {"files": files, "note": note, "more": max(0, len(item.files) - _FILES)}
