"""What models look at, as tables in the terminal and as rows for the report."""

from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ccreid.evaluation.cues import Cues
from ccreid.evaluation.viewing_angles import VIEWS
from ccreid.parts import CLOTHES, Part

# The cues that stay when clothes change, as the paper counts them, and those that do not; shoes are of the legs.
_GROUPS: dict[str, Sequence[Part]] = {"head + legs": (Part.HEAD, Part.LEGS), "clothes": CLOTHES}

HEADINGS = (*(part.name.lower().replace("_", " ") for part in Part), *_GROUPS)


def share_cells(cues: Cues) -> list[str]:
    """Return each part's share in per cent, and those of head with legs and of the clothes, by `HEADINGS`.

    Beside each, in brackets, is the share over the part's share of the area.
    """
    energy, area = cues.shares.energy, cues.shares.area
    groups: list[Sequence[Part]] = [*([part] for part in Part), *_GROUPS.values()]
    return [_cell(float(energy[list(parts)].sum()), float(area[list(parts)].sum())) for parts in groups]


def view_cells(cues: Cues) -> list[str]:
    """Return the rank-1 accuracy of each view in per cent, "-" where there is none."""
    return [f"{100 * cues.rank1[view]:.1f}" if view in cues.rank1 else "-" for view in VIEWS]


def print_cues(found: Mapping[str, Cues]) -> None:
    """Print what each model looks at and, where it is known, its accuracy by viewing angle."""
    some = next(iter(found.values()))
    title = (
        f"share of the class activation maps on each part, % of {some.shares.images} test images; "
        "in brackets over the part's share of the area"
    )
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("model")
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    table.add_column("map", justify="right")
    for label, cues in found.items():
        rows, columns = cues.shares.cells
        table.add_row(label, *share_cells(cues), f"{rows}x{columns}")
    console = _console()
    console.print(table)
    if not any(cues.rank1 for cues in found.values()):
        return
    by_view = Table(title="R1 across clothes, by view, %", title_justify="left", box=SIMPLE_HEAD)
    by_view.add_column("model")
    for view in VIEWS:
        by_view.add_column(view, justify="right")
    for label, cues in found.items():
        by_view.add_row(label, *view_cells(cues))
    console.print(by_view)


def _cell(energy: float, area: float) -> str:
    return f"{100 * energy:.1f} ({energy / area:.1f}x)" if area else f"{100 * energy:.1f}"


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=160)
