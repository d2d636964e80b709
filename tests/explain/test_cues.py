import json
from pathlib import Path

import pytest
from datasets.make_prcc import make_prcc, write_truth
from explain.top_quarter import TopQuarter
from models.ready_model import ready_model

from ccreid.datasets.prcc import PRCC
from ccreid.evaluation import provenance
from ccreid.explain.cues import measure_cues
from ccreid.explain.cues_file import write_cues

PARTS = ["background", "head", "upper_clothes", "pants", "arms", "legs"]


def test_the_file_has_a_fraction_a_part_and_a_view(tmp_path: Path) -> None:
    root = make_prcc(tmp_path / "data", test_identities=3)
    write_truth(root, [0.0, 1.5, 3.1])
    cues = measure_cues(ready_model(TopQuarter()), PRCC(root))
    write_cues(tmp_path / "cues.json", cues.tree(), provenance(root, ["ccreid", "cues"]))
    tree = json.loads((tmp_path / "cues.json").read_text())
    assert list(tree["cue_shares"]) == list(tree["area_shares"]) == PARTS
    assert sum(tree["cue_shares"].values()) == pytest.approx(1)
    assert list(tree["R1_by_angle"]) == ["front", "side", "back"]
    assert all(0 <= value <= 1 for value in tree["R1_by_angle"].values())
    assert (tree["images"], tree["map"]) == (18, "16x8")
    assert tree["provenance"]["command"] == "ccreid cues"


def test_on_photos_there_is_no_accuracy_by_view(tmp_path: Path) -> None:
    root = make_prcc(tmp_path)
    assert "R1_by_angle" not in measure_cues(ready_model(TopQuarter()), PRCC(root)).tree()


def test_fewer_images_are_spread_over_the_test_set(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path, test_identities=3))
    cues = measure_cues(ready_model(TopQuarter()), data, images=3)
    assert cues.shares.images == 3
    with pytest.raises(ValueError, match="number of images is 0"):
        measure_cues(ready_model(TopQuarter()), data, images=0)
