"""Results, parser scores and what models look at, as tables in the terminal."""

from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ccreid.app.paper_results import TABLE_2
from ccreid.evaluation.results import METRICS, ResultRow, over_seeds
from ccreid.explain.cues import Cues
from ccreid.explain.viewing_angles import VIEWING_ANGLES
from ccreid.parsing.parser_scores import ParserScores
from ccreid.parts import CLOTHES, Part


def print_results(rows: Sequence[ResultRow], title: str) -> None:
    """Print every setting and protocol of the rows in per cent, as mean ± standard deviation over their seeds.

    Below it stands what the queries are, if they are tracks, and which matches were dropped in each setting.

    Args:
        rows: Of one recipe or several, with any seeds.
        title: Above the table.
    """
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for heading in ("recipe", "setting", "protocol"):
        table.add_column(heading)
    for metric in METRICS:
        table.add_column(metric, justify="right")
    table.add_column("queries", justify="right")
    table.add_column("skipped", justify="right")
    for recipe, setting, protocol in dict.fromkeys((row.recipe, row.setting, row.protocol) for row in rows):
        one = next(row for row in rows if (row.recipe, row.setting, row.protocol) == (recipe, setting, protocol))
        values = [over_seeds(rows, recipe, setting, protocol, metric).percent() for metric in METRICS]
        table.add_row(recipe, setting, protocol, *values, str(one.queries), str(one.skipped))
    wide_console().print(table)
    for line in (*_filters(rows), *_misses(rows)):
        print(line)


def print_beside_paper(rows: Sequence[ResultRow], title: str) -> None:
    """Print one line a recipe, across and within clothes, with the paper's figures on PRCC beside ours.

    Args:
        rows: Of the recipes, with any seeds.
        title: Above the table.
    """
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("recipe")
    for heading in ("cross R1", "cross mAP", "same R1", "same mAP"):
        table.add_column(heading, justify="right")
    table.add_column("paper, PRCC: cross R1 / mAP", justify="right", style="dim")
    for recipe in dict.fromkeys(row.recipe for row in rows):
        values = [
            over_seeds(rows, recipe, setting, "all-gallery", metric).percent()
            for setting in ("cross", "same")
            for metric in ("R1", "mAP")
        ]
        paper = TABLE_2.get(recipe)
        table.add_row(recipe, *values, "" if paper is None else f"{paper.cross_R1} / {paper.cross_mAP}")
    wide_console().print(table)


def print_parser_scores(scores: Mapping[str, ParserScores], title: str) -> None:
    """Print the intersection over union of each part in per cent, and their mean, on each kind of people.

    Args:
        scores: Of one parser, by what they are of.
        title: Above the table.
    """
    table = Table(box=SIMPLE_HEAD)
    table.add_column("IoU, per cent")
    for kind in scores:
        table.add_column(kind, justify="right")
    parts = list(dict.fromkeys(part for of_kind in scores.values() for part in of_kind.iou))
    for part in parts:
        cells = [f"{100 * of_kind.iou[part]:.1f}" if part in of_kind.iou else "-" for of_kind in scores.values()]
        table.add_row(part.replace("_", " "), *cells, end_section=part == parts[-1])
    table.add_row("mean", *(f"{100 * of_kind.mean_iou:.1f}" for of_kind in scores.values()), end_section=True)
    table.add_row("person", *(f"{100 * of_kind.person:.1f}" for of_kind in scores.values()))
    print(title)
    wide_console().print(table)


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
    return [f"{100 * cues.rank1[view]:.1f}" if view in cues.rank1 else "-" for view in VIEWING_ANGLES]


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
    console = wide_console()
    console.print(table)
    if not any(cues.rank1 for cues in found.values()):
        return
    by_view = Table(title="R1 across clothes, by view, %", title_justify="left", box=SIMPLE_HEAD)
    by_view.add_column("model")
    for view in VIEWING_ANGLES:
        by_view.add_column(view, justify="right")
    for label, cues in found.items():
        by_view.add_row(label, *view_cells(cues))
    console.print(by_view)


def _filters(rows: Sequence[ResultRow]) -> list[str]:
    """Say what the counts are of, where it is not images, and which matches do not count."""
    settings: dict[str, list[str]] = {}
    for setting, dropped in dict.fromkeys((row.setting, row.dropped) for row in rows if row.dropped):
        settings.setdefault(dropped, []).append(setting)
    tracks = "queries are tracks, looked for among tracks, each by the mean of its images' features"
    lines = [tracks] if any(row.unit == "tracks" for row in rows) else []
    return lines + [f"{', '.join(names)}: {dropped}" for dropped, names in settings.items()]


def _misses(rows: Sequence[ResultRow]) -> list[str]:
    """Say of how many images there is no feature, which the table's figures count as misses."""
    return [
        f"{row.recipe}, seed {row.seed}, {row.setting}: nothing to compare was found in {row.absent_queries} of "
        f"{row.queries} queries and in {row.absent_gallery} gallery {row.unit}; these count as misses"
        for row in rows
        if row.protocol == "all-gallery" and (row.absent_queries or row.absent_gallery)
    ]


def _cell(energy: float, area: float) -> str:
    return f"{100 * energy:.1f} ({energy / area:.1f}x)" if area else f"{100 * energy:.1f}"


def wide_console() -> Console:
    """Return a console for tables, on a terminal as wide as that."""
    # A pipe has no width of its own, and a table folded to 80 columns cannot be read.
    console = Console()
    return console if console.is_terminal else Console(width=160)
