"""The page that shows the overlays of a tree, the least plausible part maps first, to find the wrong ones by eye."""

import html
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote

from ccreid.atomic_files import write_atomically
from ccreid.parsing.plausibility import DOUBTFUL
from ccreid.parsing.tree.batch import SOURCE_TEXT, Outcome

INDEX: Final = "index.html"

# Overlays on the page; who needs more opens the folder.
_MOST: Final = 1000

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="{mark}" content="ccreid parse --overlay">
<title>Part maps, the least plausible first</title>
<style>
body {{ font: 13px/1.35 sans-serif; margin: 1.5em; }}
main {{ display: flex; flex-wrap: wrap; gap: 12px; }}
figure {{ margin: 0; width: 150px; overflow-wrap: anywhere; }}
img {{ width: 100%; }}
b {{ font-variant-numeric: tabular-nums; }}
.doubtful b {{ color: #b00; }}
</style>
<h1>Part maps, the least plausible first</h1>
<p>{summary}</p>
<main>
{figures}
</main>
</html>
"""

_FIGURE: Final = (
    '<figure{kind}><a href="{link}"><img src="{link}" loading="lazy" alt=""></a>'
    "<figcaption><b>{plausibility:.2f}</b> {name}<br>{doubts}</figcaption></figure>"
)


def by_plausibility(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return the outcomes that left a part map, the least plausible first, and equal ones by name."""
    there = [outcome for outcome in outcomes if outcome.status != "broken"]
    return sorted(there, key=lambda outcome: (outcome.plausibility, outcome.name.parts))


def write_index(folder: Path, outcomes: Iterable[Outcome]) -> None:
    """Write the page into the folder of the overlays; one that says the same already is not touched.

    Args:
        folder: Of the overlays.
        outcomes: What became of each image.
    """
    ordered = by_plausibility(outcomes)
    doubtful = sum(outcome.plausibility < DOUBTFUL for outcome in ordered)
    summary = f"{doubtful:,} of {len(ordered):,} are doubtful: their plausibility is below {DOUBTFUL}."
    if len(ordered) > _MOST:
        summary += f" Shown are the {_MOST:,} least plausible."
    figures = "\n".join(_figure(outcome) for outcome in ordered[:_MOST])
    page = _PAGE.format(mark=SOURCE_TEXT, summary=summary, figures=figures)
    page = page.encode("utf-8", "backslashreplace").decode()  # names on disk need be no text
    path = folder / INDEX
    if not path.is_file() or path.read_bytes() != page.encode():
        write_atomically(path, page)


def _figure(outcome: Outcome) -> str:
    return _FIGURE.format(
        kind=' class="doubtful"' if outcome.plausibility < DOUBTFUL else "",
        link=html.escape(quote(os.fsencode(outcome.name.with_suffix(".png")))),
        plausibility=outcome.plausibility,
        name=html.escape(str(outcome.name)),
        doubts=html.escape(outcome.doubts),
    )
