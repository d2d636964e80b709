"""Everything in examples/, run as a user does, on small made data."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from datasets.make_photos import make_people
from extras import needs
from models.ready_model import ready_model
from PIL import Image

from ccreid.models.systems import build_model
from ccreid.retrieval.entry import Entry, Rows
from ccreid.retrieval.feature_mark import FeatureMark

EXAMPLES = Path(__file__).parents[1] / "examples"


def _run(name: str, *words: str | Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [name, *map(str, words)])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")


def test_each_is_short_and_run_here() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in EXAMPLES.glob("*.py")}
    assert set(lengths) == {"plain_loop.py", "lightning_loop.py", "faiss_index.py", "data_frame.py"}
    assert max(lengths.values()) < 60


@pytest.mark.slow
def test_the_plain_loop_trains_and_evaluates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run("plain_loop.py", make_people(tmp_path, ("alice", "bob", "carla", "dinh")))
    said = capsys.readouterr().out
    assert float(said.split("epoch 1: loss ")[1].split()[0]) > 0
    assert "ResultRow(recipe='own'" in said


@pytest.mark.slow
def test_the_lightning_loop_trains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs("train")
    out = tmp_path / "own.ckpt"
    _run("lightning_loop.py", make_people(tmp_path / "photos"), "--out", out)
    assert f"wrote {out}" in capsys.readouterr().out
    assert out.is_file()


@pytest.mark.slow
def test_the_index_of_faiss_finds_the_like_and_not_the_photo_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needs("search")  # milvus-lite brings faiss
    for name, colour in {"red": (200, 0, 0), "like red": (198, 2, 0), "blue": (0, 0, 200)}.items():
        (tmp_path / "photos").mkdir(exist_ok=True)
        Image.new("RGB", (16, 32), colour).save(tmp_path / "photos" / f"{name}.png")
    model = ready_model(build_model("baseline", 2, "resnet18"))
    model.recipe.model.backbone = "resnet18"
    model.save_pretrained(tmp_path)
    query = tmp_path / "photos" / "red.png"
    _run("faiss_index.py", tmp_path / "photos", query, "--model", tmp_path)
    asked, nearest, other = capsys.readouterr().out.splitlines()
    assert asked == str(query)
    assert nearest.endswith("like red.png")
    assert other.endswith("blue.png")


def test_the_data_frame_finds_two_names_of_one_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs("parquet")
    pytest.importorskip("pandas", reason="pandas is absent: pip install pandas")
    from ccreid.retrieval.feature_table import write_rows

    names = ["alice", "alice", "bob", "alise"]
    entries = [Entry(str(i), f"{i}.jpg", name, "north", f"2026-05-0{i + 1}", "", "") for i, name in enumerate(names)]
    vectors = np.array([[1, 0], [0.9, 0.1], [0, 1], [0.95, 0.05]], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    out = tmp_path / "features.parquet"
    write_rows(out, [Rows(entries, vectors)], FeatureMark("f" * 64, "own", 2, "32x16"))
    _run("data_frame.py", out, "--pairs", "1")
    said = capsys.readouterr().out
    assert "2026-05-01  2026-05-02" in " ".join(said.split()).replace(" 2026-05-02", "  2026-05-02")
    assert {"alice", "alise"} <= set(said.splitlines()[-1].split())
