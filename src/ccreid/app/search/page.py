"""The page of a search: each photo that was looked for, and beside it the pictures that were found, in one file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ccreid import __version__
from ccreid.app.check.names import writable
from ccreid.app.html_pages import from_template, thumbnails
from ccreid.app.search.lists import Searched
from ccreid.atomic_files import write_atomically
from ccreid.retrieval.entry import Hit
from ccreid.retrieval.own_photo import is_own_photo

# Pictures in a page, some 4 MB; what comes after them is listed without.
_PICTURES: Final = 800


def write_page(searched: Searched, path: Path) -> None:
    """Write what was found as one HTML file that needs no other.

    Args:
        searched: The search.
        path: The file.

    Raises:
        WriteError: The file cannot be written.
    """
    shown = [photo for photos in searched.photos for photo in photos]
    shown += [Path(hit.entry.path) for hits in searched.found for hit in hits if _is_there(hit, searched.uri)]
    pictures = thumbnails(list(dict.fromkeys(shown))[:_PICTURES])
    page = from_template(
        "search.html",
        uri=writable(searched.uri),
        count=searched.count,
        model=str(searched.model),
        bound=searched.bound,
        queries=[
            {
                "photos": [{"name": writable(photo.name), "picture": pictures.get(photo)} for photo in photos],
                "found": _found(searched, hits, pictures),
            }
            for photos, hits in zip(searched.photos, searched.found, strict=True)
        ],
        version=__version__,
    )
    write_atomically(path, writable(page))


def _is_there(hit: Hit, gallery: str) -> bool:
    """Whether the file of what was found is still the photo that was embedded."""
    try:
        return is_own_photo(hit.entry, Path(hit.entry.path).read_bytes(), gallery)
    except OSError:
        return False


def _found(searched: Searched, hits: Sequence[Hit], pictures: dict[Path, str]) -> list[dict[str, Any]]:
    return [
        {
            "rank": rank,
            "similarity": f"{hit.similarity:.3f}",
            "below": searched.below(hit),
            "picture": pictures.get(Path(hit.entry.path)),
            "name": writable(Path(hit.entry.path).name),
            "path": writable(hit.entry.path),
            "said": [
                writable(text)
                for text in (hit.entry.identity, hit.entry.clothes, hit.entry.camera, hit.entry.time, hit.entry.track)
                if text
            ],
        }
        for rank, hit in enumerate(hits, start=1)
    ]
