from extras import needs

needs("search")

import json
import sys
from pathlib import Path

import pytest
from datasets.make_photos import make_people
from evaluation.head_colour import HeadColour
from models.head_and_clothes import HeadAndClothes
from models.made_calibration import a_calibration
from models.ready_model import ready_model
from retrieval.colour_model import colour_model

from ccreid.app.cli import main
from ccreid.models.reid_model import ReIDModel

MODEL = ["--model", "any"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ccreid.app.search.chosen_model.shipped_models", dict)
    monkeypatch.setattr(
        "ccreid.app.search.chosen_model.ReIDModel.from_pretrained",
        lambda source, device: _model(str(source)),
    )


def _model(name: str) -> ReIDModel:
    if name == "other":
        return colour_model(1)
    if name == "apart":
        return ready_model(HeadAndClothes().eval(), name="apart")
    model = ready_model(HeadColour().eval(), name="heads")
    model.calibration = a_calibration(0.999) if name == "calibrated" else None
    return model


def _found(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    said = json.loads(capsys.readouterr().out)
    return [hit for query in said["queries"] for hit in query["found"]]


@pytest.mark.slow
@pytest.mark.answers("bad environments", "a folder to search that cannot be written to")
def test_the_features_of_a_folder_that_cannot_be_written_to_are_kept_in_the_cache(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_people(Path("photos"))
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    # Who runs the tests may be root, who may write everywhere.
    monkeypatch.setattr("os.access", lambda path, mode: Path(path).name != "photos")
    for kept in (False, True):
        assert main(["search", "photos/bob/suit/1.jpg", "photos", *MODEL, "--top", "3"]) == 0
        shown = capsys.readouterr()
        assert shown.out.count("photos/bob/") == 4
        assert "cache/ccreid/searched/photos-" in shown.err
        assert ("kept 16" in shown.err) == kept
    assert not list(Path("photos").glob(".*"))


@pytest.mark.slow
def test_one_command_finds_a_person_in_a_folder_whatever_they_wear(capsys: pytest.CaptureFixture[str]) -> None:
    make_people(Path("photos"))
    for kept in (False, True):
        assert main(["search", "photos/bob/suit/1.jpg", "photos", *MODEL, "--top", "3", "--html", "found.html"]) == 0
        shown = capsys.readouterr()
        assert shown.out.count("photos/bob/") == 4
        assert "red coat" in shown.out
        assert "photos/.ccreid-" in shown.err
        assert ("kept 16" in shown.err) == kept
    assert Path("found.html").read_text().count("data:image/jpeg") == 4


@pytest.mark.slow
def test_a_table_and_milvus_lite_give_the_same_json_under_the_same_flags(capsys: pytest.CaptureFixture[str]) -> None:
    make_people(Path("photos"))
    assert main(["embed", "photos", "features.parquet", *MODEL]) == 0
    assert main(["index", "features.parquet", "--uri", "gallery.db"]) == 0
    assert "added 16" in capsys.readouterr().out
    for flags in ([], ["--rerank"], ["--as-one"], ["--min-similarity", "0.9"]):
        answers = []
        for uri in ("features.parquet", "gallery.db"):
            words = ["search", "photos/bob/suit/1.jpg", "photos/alice/suit/2.jpg", *MODEL, "--json", "--top", "4"]
            assert main([*words, "--uri", uri, *flags]) == 0
            answers.append(_found(capsys))
        for hits in answers:
            for hit in hits:
                hit["similarity"] = pytest.approx(hit["similarity"], abs=2e-6)
        assert answers[0] == answers[1]
        assert len(answers[0]) == (4 if "--as-one" in flags else 8)


@pytest.mark.slow
def test_what_is_less_similar_is_marked_and_not_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    make_people(Path("photos"))
    words = ["search", "photos/bob/suit/1.jpg", "photos", *MODEL, "--top", "15", "--json", "--min-similarity", "0.999"]
    assert main(words) == 0
    hits = _found(capsys)
    assert len(hits) == 15
    assert all(hit["below"] == (hit["similarity"] < 0.999) for hit in hits)
    assert {hit["below"] for hit in hits} == {True, False}
    assert main([word for word in words if word != "--json"]) == 0
    assert capsys.readouterr().out.count(" below") == sum(bool(hit["below"]) for hit in hits)


def test_a_false_match_rate_takes_the_threshold_from_the_model(capsys: pytest.CaptureFixture[str]) -> None:
    make_people(Path("photos"))
    words = [
        "search",
        "photos/bob/suit/1.jpg",
        "photos",
        "--model",
        "calibrated",
        "--top",
        "15",
        "--html",
        "found.html",
    ]
    assert main([*words, "--fmr", "0.01", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["fmr"], said["min_similarity"]) == (0.01, 0.999)
    hits = said["queries"][0]["found"]
    assert {hit["below"] for hit in hits} == {True, False}
    assert all(hit["below"] == (hit["similarity"] < 0.999) for hit in hits)
    assert main([*words, "--fmr", "0.01"]) == 0
    for shown in (capsys.readouterr().out, Path("found.html").read_text()):
        assert "0.999, the threshold at a false-match rate of 1 % a comparison" in shown
    with pytest.raises(SystemExit):
        main([*words, "--fmr", "0.01", "--min-similarity", "0.5"])
    assert "leave it or --min-similarity out" in capsys.readouterr().err


@pytest.mark.slow
def test_thresholds_that_were_measured_take_the_place_of_the_model_s(capsys: pytest.CaptureFixture[str]) -> None:
    needs("figures")
    make_people(Path("photos"), ("alice", "bob", "carla", "dinh"))
    apart = ["--model", "apart"]
    assert main(["embed", "photos", "features.parquet", *apart]) == 0
    words = ["search", "photos/bob/suit/1.jpg", "--uri", "features.parquet", "--top", "15", "--json", *apart]
    for out, flags in {"whole": [], "left": ["--other-clothes"]}.items():
        assert (
            main(["threshold", "features.parquet", "--fmr", "0.02", "--out", out, *flags, *(apart if flags else [])])
            == 0
        )
        (measured,) = json.loads(Path(out, "thresholds.json").read_text())["calibration"]["thresholds"]
        capsys.readouterr()
        assert main([*words, *flags, "--fmr", "0.02", "--thresholds", f"{out}/thresholds.json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert (said["fmr"], said["min_similarity"]) == (0.02, measured["similarity"]["value"])
        hits = said["queries"][0]["found"]
        assert all(hit["below"] == (hit["similarity"] < said["min_similarity"]) for hit in hits)
    # In other clothes the threshold is of the heads alone, which tell all apart.
    assert [hit["below"] for hit in hits if hit["identity"] == "bob"] == [False] * 3
    assert sum(hit["below"] for hit in hits) > 6
    for flags, said in (
        (["--fmr", "0.1"], "left/thresholds.json was measured with --other-clothes: search so"),
        (["--fmr", "0.3", "--other-clothes"], "the false-match rate is 0.3, and the model was measured at"),
    ):
        assert main([*words, *flags, "--thresholds", "left/thresholds.json"]) == 1
        assert said in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*words, "--thresholds", "left/thresholds.json"])
    assert "say which by --fmr" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*words, "--other-clothes", "--fmr", "0.1"])
    assert "or give --thresholds" in capsys.readouterr().err


def test_photos_that_are_looked_for_together_find_each_other_but_not_themselves(
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_people(Path("photos"))
    pair = ["photos/bob/suit/1.jpg", "photos/bob/suit/2.jpg"]
    assert main(["search", *pair, "photos", *MODEL, "--json", "--top", "3"]) == 0
    found = [str(Path(str(hit["path"])).relative_to(Path.cwd())) for hit in _found(capsys)]
    assert (pair[0] in found[:3], pair[1] in found[:3]) == (False, True)
    assert (pair[0] in found[3:], pair[1] in found[3:]) == (True, False)


def test_names_are_escaped_on_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    make_people(Path("photos"), ("<script>alert(1)<", "bob"))
    assert main(["search", "photos/bob/suit/1.jpg", "photos", *MODEL, "--html", "found.html"]) == 0
    page = Path("found.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;" in page


@pytest.mark.slow
def test_removed_people_are_found_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    make_people(Path("photos"))
    assert main(["embed", "photos", "features.parquet", *MODEL]) == 0
    assert main(["index", "features.parquet", "--uri", "gallery.db"]) == 0
    for uri in ("features.parquet", "gallery.db"):
        assert main(["index", "--uri", uri, "--delete", "--identity", "bob"]) == 0
        assert "removed 4 entries" in capsys.readouterr().out
        assert main(["search", "photos/bob/suit/1.jpg", "--uri", uri, *MODEL, "--json", "--top", "16"]) == 0
        hits = _found(capsys)
        assert len(hits) == 12
        assert "bob" not in {hit["identity"] for hit in hits}
        assert main(["index", "--uri", uri, "--delete", "--identity", "bob"]) == 1
        assert "nothing was removed" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("search photos/bob/suit/1.jpg photos", "no model was chosen: give --model"),
        ("search photos/bob/suit/1.jpg", "1.jpg is no folder: give a folder of photos as the last word, or --uri"),
        ("search photos --model any", "nobody is said to look for"),
        ("search text.jpg photos --model any", "text.jpg is broken or no image"),
        ("search none.jpg photos --model any", "there is no photo none.jpg"),
        ("search photos photos --model any", "photos is a folder, expected a photo"),
        ("search photos/bob/suit/1.jpg --uri none.parquet --model any", "there is no gallery none.parquet"),
        ("search photos/bob/suit/1.jpg --uri none.db --model any", "there is no gallery 'people' in none.db"),
        ("search photos/bob/suit/1.jpg --uri text.parquet --model any", "text.parquet is no table of features"),
        ("search photos/bob/suit/1.jpg --uri features.csv --model any", "of no known kind"),
        ("search photos/bob/suit/1.jpg --uri features.parquet --model other", "and these are of colours1"),
        ("search photos/bob/suit/1.jpg --uri features.parquet --model any --since noon", "since is 'noon'"),
        ("search photos/bob/suit/1.jpg --uri features.parquet --model any --top 0", "top is 0"),
        ("search photos/bob/suit/1.jpg photos --model any --fmr 0.01", "heads is not calibrated"),
        ("search photos/bob/suit/1.jpg photos --model calibrated --fmr 0.3", "measured at 0.01, 0.001"),
        ("embed photos features.csv --model any", "give a name such as features.parquet"),
        ("embed photos features.parquet --model other", "features of the model heads"),
        ("embed text.jpg new.parquet --model any", "text.jpg is a file"),
        ("embed photos new.parquet --model any --tracks mean", "which track"),
        ("index --uri gallery.db", "there is nothing to index"),
        ("index text.parquet --uri gallery.db", "text.parquet is no table of features"),
        ("index features.parquet --uri text.db", "text.db is a file"),
        ("index features.parquet --uri gallery.db --identity bob", "add --delete"),
        ("index --uri features.parquet --delete", "nothing is said of what to remove"),
        ("index features.parquet --uri gallery.db --delete --identity bob", "leave it out"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(line: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    make_people(Path("photos"), ("alice", "bob"))
    for name in ("text.jpg", "text.parquet", "text.db"):
        Path(name).write_text("hello")
    if "features.parquet" in line:
        assert main(["embed", "photos", "features.parquet", *MODEL]) == 0
    capsys.readouterr()
    assert main(line.split()) == 1
    shown = capsys.readouterr()
    assert said in shown.err
    assert len(shown.err.strip().splitlines()) == 1 + shown.err.count("passed over")


@pytest.mark.parametrize(
    ("package", "line", "extra"),
    [
        ("pyarrow.parquet", "embed photos new.parquet --model any", "ccreid[parquet]"),
        ("pyarrow.parquet", "search photos/bob/suit/1.jpg photos --model any", "ccreid[parquet]"),
        ("pymilvus", "search photos/bob/suit/1.jpg --uri gallery.db --model any", "ccreid[search]"),
        ("milvus_lite", "index --uri gallery.db --delete --identity bob", "ccreid[search]"),
    ],
)
def test_an_absent_extra_is_one_line_with_the_command(
    package: str, line: str, extra: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_people(Path("photos"), ("alice", "bob"))
    monkeypatch.setitem(sys.modules, package, None)
    assert main(line.split()) == 1
    said = capsys.readouterr().err
    assert f"pip install '{extra}'" in said
    assert said.strip().splitlines()[-1].startswith("ccreid: error: ")


def test_clothes_that_shall_not_count_need_a_model_that_keeps_them_apart(capsys: pytest.CaptureFixture[str]) -> None:
    make_people(Path("photos"))
    search = ["search", "photos/bob/suit/1.jpg", "photos", *MODEL, "--other-clothes"]
    assert main(search) == 1
    assert "does not keep clothes apart" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*search, "--fmr", "0.01"])
    assert "leave --fmr or --other-clothes out" in capsys.readouterr().err
