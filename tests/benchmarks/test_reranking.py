from typing import Any

import numpy as np
import pytest
from benchmarks.load_script import load_script
from evaluation.plain_reranking import rerank_plainly
from numpy.typing import NDArray

from ccreid.evaluation import rerank

measuring = load_script("measuring")
load_script("peers")
reranking = load_script("reranking")


def plain(made: dict[str, Any]) -> NDArray[np.float32]:
    """Return what an independent program finds, in the place of the peer's."""
    query, gallery = (made[side].astype(float).tolist() for side in ("query", "gallery"))
    return np.array(rerank_plainly(query, gallery, 20, 6, 0.3), dtype=np.float32)


def test_equal_results_are_compared_everywhere() -> None:
    made = measuring.made_features(20, 40, 4, 3, width=16, noise=2.0)
    line = reranking.compared(made, rerank(made["query"], made["gallery"]), plain(made))
    assert line.startswith("100.0% of the distances touch no tie")
    assert "0 of 60 images" in line


def test_a_difference_that_no_tie_explains_stops_the_script() -> None:
    made = measuring.made_features(20, 40, 4, 3, width=16, noise=2.0)
    ours = rerank(made["query"], made["gallery"])
    wrong = ours.copy()
    wrong[3, 5] += 2e-5
    with pytest.raises(SystemExit, match="1 distances differ"):
        reranking.compared(made, ours, wrong)


def test_other_neighbours_stop_the_script_unless_they_are_as_near(monkeypatch: pytest.MonkeyPatch) -> None:
    # Four people with more images than an image has neighbours: what happens to one does not reach the others.
    made = measuring.made_features(40, 120, 4, 3, width=16, noise=0.1)
    near = reranking.torchreid_neighbours(made, 21)
    near[0, [5, 6]] = near[0, [6, 5]]
    monkeypatch.setattr(reranking, "torchreid_neighbours", lambda made, count: near)
    ours = rerank(made["query"], made["gallery"])
    with pytest.raises(SystemExit, match="image 0 has other neighbours"):
        reranking.compared(made, ours, ours)
    monkeypatch.setattr(reranking, "TIE", 10.0)
    line = reranking.compared(made, ours, ours)
    assert "1 of 160 images" in line
    assert not line.startswith("100.0%")


def test_ties_everywhere_stop_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    made = measuring.made_features(20, 40, 4, 3, width=16, noise=2.0)
    near = reranking.torchreid_neighbours(made, 60)[:, 1:22]
    monkeypatch.setattr(reranking, "torchreid_neighbours", lambda made, count: near)
    monkeypatch.setattr(reranking, "TIE", 10.0)
    ours = rerank(made["query"], made["gallery"])
    with pytest.raises(SystemExit, match="nothing could be compared"):
        reranking.compared(made, ours, ours)
