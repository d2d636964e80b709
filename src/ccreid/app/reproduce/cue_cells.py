"""Where the models of a table look, as its cells: CAM energy on each part, and R1 by viewing angle."""

from collections.abc import Mapping, Sequence
from typing import Any

from ccreid.app.reproduce.paper_tables import Table
from ccreid.app.reproduce.sheet import Column, Grid, SheetRow
from ccreid.evaluation.results import mean_spread
from ccreid.explain.cues_file import AREAS, BY_ANGLE, SHARES

_GROUPS = {SHARES: "share of CAM energy", BY_ANGLE: "R1 by viewing angle"}


def cue_grid(table: Table, cues: Mapping[tuple[str, int], Mapping[str, Any]]) -> Grid | None:
    """Return the cells in per cent of the rows whose runs have cues, or None where none has.

    Args:
        table: Which.
        cues: What `read_cues` gives, by recipe and seed.
    """
    present = [row for row in table.rows if any(recipe == row.recipe for recipe, _ in cues)]
    if not present:
        return None
    fields = [(group, name) for group in _GROUPS for name in _names(list(cues.values()), group)]
    rows = []
    for row in present:
        own = {seed: tree for (recipe, seed), tree in sorted(cues.items()) if recipe == row.recipe}
        cells = [
            _cell([tree[group][name] for tree in own.values() if name in tree.get(group, {})]) for group, name in fields
        ]
        rows.append(SheetRow(row.label, row.recipe, ", ".join(map(str, own)), cells))
    areas = [tree[AREAS] for tree in cues.values() if AREAS in tree]
    if areas:
        # Parts differ in size: a share means little without that of the images that the part covers. All runs have the
        # same images.
        shares = [_cell([areas[0][name]] if group == SHARES and name in areas[0] else []) for group, name in fields]
        rows.append(SheetRow("the parts' share of the images", "", "", shares))
    return Grid([Column(_GROUPS[group], name.replace("_", " ")) for group, name in fields], rows)


def _names(trees: Sequence[Mapping[str, Any]], group: str) -> list[str]:
    return list(dict.fromkeys(name for tree in trees for name in tree.get(group, {})))


def _cell(values: Sequence[float]) -> str:
    return mean_spread(values).percent() if values else "-"
