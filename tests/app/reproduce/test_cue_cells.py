import json
from pathlib import Path

from ccreid.app.reproduce.cue_cells import cue_grid
from ccreid.app.reproduce.paper_tables import Table, TableRow
from ccreid.explain.cues_file import read_cues

TABLE = Table(
    "table2", "a table", (TableRow("first", "a"), TableRow("second", "b"), TableRow("third", "c")), {}, seeds=1
)


def test_a_run_without_cues_has_none(tmp_path: Path) -> None:
    assert read_cues(tmp_path) is None
    assert cue_grid(TABLE, {}) is None


def test_rows_with_cues_show_mean_and_spread_of_their_own(tmp_path: Path) -> None:
    trees = {
        ("a", 0): {"cue_shares": {"head": 0.2, "upper_clothes": 0.8}, "command": "ccreid figure cam"},
        ("a", 1): {"cue_shares": {"head": 0.4, "upper_clothes": 0.6}},
        ("c", 1): {"cue_shares": {"head": 0.5, "upper_clothes": 0.5}, "R1_by_angle": {"front": 0.75}},
    }
    for (recipe, seed), tree in trees.items():
        folder = tmp_path / recipe / str(seed)
        folder.mkdir(parents=True)
        (folder / "cues.json").write_text(json.dumps(tree))
    grid = cue_grid(TABLE, {key: read_cues(tmp_path / key[0] / str(key[1])) or {} for key in trees})
    assert grid is not None
    assert [(column.group, column.heading) for column in grid.columns] == [
        ("share of CAM energy", "head"),
        ("share of CAM energy", "upper clothes"),
        ("R1 by viewing angle", "front"),
    ]
    assert [(row.label, row.seeds, row.cells) for row in grid.rows] == [
        ("first", "0, 1", ["30.0 ± 14.1", "70.0 ± 14.1", "-"]),
        ("third", "1", ["50.0", "50.0", "75.0"]),
    ]


def test_the_parts_share_of_the_images_stands_below() -> None:
    tree = {"cue_shares": {"head": 0.2}, "area_shares": {"head": 0.05}, "R1_by_angle": {"front": 0.75}}
    grid = cue_grid(TABLE, {("a", 0): tree, ("c", 0): tree})
    assert grid is not None
    assert (grid.rows[-1].label, grid.rows[-1].cells[1]) == ("the parts' share of the images", "-")
    assert grid.rows[-1].cells[0].startswith("5.0")
