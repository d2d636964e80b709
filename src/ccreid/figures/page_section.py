"""Sections of a page that commands fill, each between two comments with the section's name."""

from pathlib import Path

from ccreid.atomic_files import write_atomically
from ccreid.errors import CcreidError


class PageError(CcreidError, ValueError):
    """A page has no place for a section; the message names the page and the comments that it needs."""


def replace_section(page: Path, name: str, section: str) -> None:
    """Put a section between a page's two comments `<!-- NAME -->` and `<!-- end of NAME -->`, instead of what is there.

    Args:
        page: A Markdown file.
        name: Of the section, such as the command that fills it.
        section: Lines with a line break after the last.

    Raises:
        PageError: There is no such page, or it has not each of the comments once.
    """
    before, after = split_at_section(page, name)
    write_atomically(page, f"{before}\n{section}{after}")


def split_at_section(page: Path, name: str) -> tuple[str, str]:
    """Return a page's text up to a section's first comment, with it, and from its last on.

    Args:
        page: A Markdown file.
        name: Of the section.

    Raises:
        PageError: There is no such page, or it has not each of the comments once.
    """
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended or begin in rest or end in before + after:
        raise PageError(f"{page} has no place for the section: give it the lines {begin} and {end}, once each")
    return before + begin, end + after
