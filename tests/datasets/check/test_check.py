from extras import needs

needs("check")

from pathlib import Path

import pytest
from datasets.check.make_faulty import make_faulty, make_sound, scene
from datasets.make_photos import make_table

from ccreid.datasets.check.check import DataCheck, check_data
from ccreid.datasets.check.finding import Finding, Gravity
from ccreid.datasets.record import MissingFolderError


def _named(check: DataCheck) -> dict[str, set[str]]:
    named: dict[str, set[str]] = {}
    for finding in check.findings:
        if finding.items:
            named.setdefault(finding.kind, set()).update(file.name for file in finding.files)
    return named


def _finding(check: DataCheck, kind: str) -> Finding:
    return next(finding for finding in check.findings if finding.kind == kind)


def test_every_planted_fault_is_found_and_nothing_else(tmp_path: Path) -> None:
    data = make_faulty(tmp_path)
    check = check_data(data.root, identities=4)
    assert len(data.planted) >= 20
    assert _named(check) == data.planted
    assert check.stops


def test_copies_are_shown_beside_each_other_and_a_series_is_counted_only(tmp_path: Path) -> None:
    check = check_data(make_faulty(tmp_path).root, identities=4)
    (leak,) = _finding(check, "near leak").items
    assert [file.name for file in leak.files] == ["001_1_c1_000102.jpg", "011_1_c1_000102.jpg"]
    assert leak.note == "identity 1, training; identity 11, test"
    assert "2 images" in _finding(check, "series").what


def test_the_gravest_is_first_and_what_only_is_doubtful_stops_nothing(tmp_path: Path) -> None:
    check = check_data(make_faulty(tmp_path / "faulty").root, identities=4)
    order = list(Gravity)
    assert [order.index(one.gravity) for one in check.findings] == sorted(
        order.index(one.gravity) for one in check.findings
    )
    assert {one.kind for one in check.findings if one.gravity is Gravity.STOPS} == {"broken", "part maps"}
    doubtful = make_sound(tmp_path / "doubtful")
    doubtful.add("train/021_1_c1_000001.jpg")
    check = check_data(doubtful.root, identities=4)
    assert [one.kind for one in check.findings] == ["one image"]
    assert not check.stops


def test_nothing_is_found_in_a_sound_data_set(tmp_path: Path) -> None:
    check = check_data(make_sound(tmp_path).root, identities=4)
    assert list(check.findings) == []
    assert (len(check.train), len(check.test), check.title) == (16, 12, "LTCC")


def test_too_few_people_for_a_batch_stop_training(tmp_path: Path) -> None:
    check = check_data(make_sound(tmp_path).root, identities=16)
    assert check.stops
    assert "4 training people, and a batch takes 16" in _finding(check, "too few people").what
    assert "--data.identities 4" in _finding(check, "too few people").advice


def test_a_setting_without_any_match_stops_evaluation(tmp_path: Path) -> None:
    data = make_sound(tmp_path)
    for path in (data.root / "test").glob("*_2_*"):
        path.unlink()
    for path in (data.root / "query").glob("*_2_*"):
        path.unlink()
    check = check_data(data.root, identities=4)
    assert "none of the 3 queries" in _finding(check, "no match").what
    assert "'cross'" in _finding(check, "no match").what


def test_what_no_image_is_in_a_folder_of_people_is_listed(tmp_path: Path) -> None:
    for number, person in enumerate(("alice", "bob", "carla")):
        for photo in (1, 2):
            path = tmp_path / person / f"{photo}.jpg"
            path.parent.mkdir(exist_ok=True)
            scene(10 * number + photo).save(path)
    (tmp_path / "alice" / "notes.txt").write_text("")
    (tmp_path / "left.jpg").write_text("")
    (tmp_path / "bob" / "coat").mkdir()
    scene(99).save(tmp_path / "bob" / "coat" / "3.jpg")
    check = check_data(tmp_path, identities=2)
    gravities = {one.files[0].name: one.gravity for one in check.findings if one.kind == "left out"}
    assert gravities == {"notes.txt": Gravity.TO_KNOW, "left.jpg": Gravity.DOUBTFUL}
    assert not check.stops
    unknown = _finding(check, "outfit unknown").files
    assert {tmp_path / "bob" / "1.jpg", tmp_path / "bob" / "2.jpg"} <= {*unknown}
    assert tmp_path / "bob" / "coat" / "3.jpg" not in unknown


def test_a_table_of_missing_files_is_one_finding_that_lists_them(tmp_path: Path) -> None:
    root = make_table(tmp_path)
    (root / "photos" / "0_0_north.png").unlink()
    check = check_data(root / "images.csv", identities=2)
    (found,) = check.findings
    assert "0_0_north.png" in found.what
    assert check.stops


def test_a_table_without_test_images_is_looked_at_all_the_same(tmp_path: Path) -> None:
    for number in range(4):
        scene(number).save(tmp_path / f"{number}.png")
    rows = ["path,identity,split", *(f"{number}.png,person {number // 2},train" for number in range(4))]
    (tmp_path / "images.csv").write_text("\n".join(rows))
    check = check_data(tmp_path, identities=2)
    assert len(check.train) == 4
    assert "no queries" in _finding(check, "no match").what


def test_a_folder_that_is_no_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFolderError):
        check_data(tmp_path / "nowhere", identities=2)
