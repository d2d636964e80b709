from extras import needs

needs("train")

from pathlib import Path

import pytest

from ccreid.errors import MissingFileError
from ccreid.parsing.label_maps.label_merge import read_label_merge
from ccreid.training.parser.data import merge_file
from ccreid.training.recipe_file import recipe_folder


def test_a_merge_is_found_by_its_name_or_its_path(tmp_path: Path) -> None:
    assert merge_file("clothing_co_parsing") == recipe_folder() / "merges" / "clothing_co_parsing.yaml"
    (tmp_path / "own.yaml").write_text("hat: head")
    assert merge_file(str(tmp_path / "own.yaml")) == tmp_path / "own.yaml"


def test_a_merge_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(MissingFileError, match=r"no merge .clothing_coparsing.: .*clothing_co_parsing"):
        merge_file("clothing_coparsing")


@pytest.mark.parametrize("path", sorted((recipe_folder() / "merges").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_merges_can_be_read(path: Path) -> None:
    labels = [line.split(":")[0].strip('"') for line in path.read_text().splitlines() if not line.startswith("#")]
    assert len(set(read_label_merge(path, labels).table[: len(labels)])) > 5
