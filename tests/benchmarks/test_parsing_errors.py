from extras import needs

needs("train")

from pathlib import Path

import numpy as np
import pytest
from benchmarks.load_script import load_script
from datasets.make_prcc import make_prcc

from ccreid.datasets.part_maps import read_parts
from ccreid.datasets.prcc import PRCC
from ccreid.evaluation.results import ResultRow
from ccreid.parsing.parser import Parser
from ccreid.parsing.part_iou import part_iou

load_script("degrade")
load_script("result_files")
parsing_errors = load_script("parsing_errors")

BLIND = Parser("lite", ("background",), lambda images: [np.zeros(image.shape[:2], np.uint8) for image in images], "")


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in parsing_errors.KINDS if kind != "exact"])
def test_a_kind_of_part_maps_is_a_data_set_with_the_same_images(tmp_path: Path, kind: str) -> None:
    exact = make_prcc(tmp_path / "exact")
    root = tmp_path / "other" / "data"
    parsing_errors.make_data_set(exact, root, parsing_errors.maker(kind, BLIND))
    before, after = PRCC(exact), PRCC(root)
    assert [r.image.resolve() for r in after.train] == [r.image.resolve() for r in before.train]
    assert len(after.query_cross) == len(before.query_cross)
    assert part_iou(parsing_errors.map_pairs(exact, exact)).mean == 1
    assert part_iou(parsing_errors.map_pairs(exact, root)).mean < 1


def test_what_is_written_is_not_written_again_and_what_is_half_written_is(tmp_path: Path) -> None:
    exact, root = make_prcc(tmp_path / "exact"), tmp_path / "data"
    calls = 0

    def failing(record, parts, random):  # type: ignore[no-untyped-def]
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return parts

    with pytest.raises(KeyboardInterrupt):
        parsing_errors.make_data_set(exact, root, failing)
    assert not root.exists()
    parsing_errors.make_data_set(exact, root, failing)
    parsing_errors.make_data_set(exact, root, failing)
    assert calls == 3 + len(PRCC(exact).train)
    assert all(read_parts(record.parts or Path()).any() for record in PRCC(root).train)


def test_differences_are_those_of_runs_with_the_same_seed() -> None:
    rows = [
        ResultRow(parsing_errors.name_of(kind), seed, "cross", "all-gallery", r1, 1, 1, 0.5, 0.5, 10, 0)
        for kind, seed, r1 in [
            ("exact", 0, 0.4),
            ("exact", 1, 0.6),
            ("lite", 0, 0.38),
            ("lite", 1, 0.58),
            ("lite", 2, 0),
        ]
    ]
    assert parsing_errors.difference(rows, parsing_errors.name_of("lite"), "R1") == "-2.0 ± 0.0"
