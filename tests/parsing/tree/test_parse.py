import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from datasets.make_last import make_last
from datasets.make_ltcc import make_ltcc
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from parsing.fake_parsers import FINGERPRINT, LABELS, company_matters, eighths_of_red, fake_parser
from parsing.make_images import files_of, make_images
from parsing.standing_person import standing_person
from PIL import Image

from ccreid.datasets.image_tree import ImageTreeError
from ccreid.datasets.open_data import open_data_set
from ccreid.datasets.part_maps import read_parts, write_parts
from ccreid.parsing.labels import AUTHORS_MERGE, SIX_PARTS, LabelError
from ccreid.parsing.mask6 import SoftMaskFiles, mask6_parser
from ccreid.parsing.parser import Parser, ParserError
from ccreid.parsing.tree.parse import parse_tree
from ccreid.parts import Part

PART_OF_LABEL = [0, 1, 2, 3, 4, 5, 2, 5]
EVERYTHING = {"keep_labels": True, "overlay": True}
TREES = ("parts", "parts_labels", "parts_overlay")


class _Counting:
    """A parser's function that remembers how many images each call had."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def __call__(self, images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        self.calls.append(len(images))
        return eighths_of_red(images)


def _all_trees(root: Path) -> dict[str, bytes]:
    return {f"{tree}/{name}": data for tree in TREES for name, data in files_of(root / tree).items()}


def test_every_image_has_the_map_that_the_parser_gives_it_alone(tmp_path: Path) -> None:
    images = make_images(tmp_path / "rgb")
    report = parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(), batch=4)
    assert (report.written, report.skipped, report.broken) == (len(images), 0, ())
    assert len(files_of(tmp_path / "parts")) == len(images)
    for path in images:
        with Image.open(path) as image:
            pixels = np.array(image.convert("RGB"))
        parts = read_parts((tmp_path / "parts" / path.relative_to(tmp_path / "rgb")).with_suffix(".png"))
        assert parts.shape == pixels.shape[:2]
        for y, x in itertools.product(*map(range, parts.shape)):
            assert parts[y, x] == PART_OF_LABEL[pixels[y, x, 0] // 32]


def test_labels_are_the_parsers_own_with_their_names(tmp_path: Path) -> None:
    images = make_images(tmp_path / "rgb", count=2)
    parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(), keep_labels=True)
    for path in images:
        with Image.open(path) as image:
            red = np.array(image.convert("RGB"))[..., 0]
        name = path.relative_to(tmp_path / "rgb").with_suffix(".png")
        with Image.open(tmp_path / "parts_labels" / name) as labels:
            assert np.array_equal(np.array(labels), red >> 5)
            assert labels.info["ccreid-labels"].split("\n") == list(LABELS)


@pytest.mark.slow
@settings(max_examples=12)
@given(st.data())
def test_whatever_is_lost_or_damaged_comes_back_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("tree")
    make_images(root / "rgb", count=7)
    parser = fake_parser(company_matters)
    parse_tree(root / "rgb", root / "parts", parser, batch=3, **EVERYTHING)
    whole = _all_trees(root)
    assert len(whole) == 22
    for name in data.draw(st.sets(st.sampled_from(sorted(whole)))):
        damage = data.draw(st.sampled_from(["gone", "empty", "cut off", "changed"]))
        path = root / name
        if damage == "gone":
            path.unlink()
        elif damage == "empty":
            path.write_bytes(b"")
        elif damage == "cut off":
            path.write_bytes(whole[name][: len(whole[name]) - 5])
        else:
            path.write_bytes(whole[name][:-20] + b"\x00" + whole[name][-19:])
    (root / "parts" / "000" / ".ccreid-0123456789ab.tmp").write_bytes(b"half")
    parse_tree(root / "rgb", root / "parts", parser, batch=3, **EVERYTHING)
    assert _all_trees(root) == whole


def test_a_finished_tree_is_read_and_not_parsed_again(tmp_path: Path) -> None:
    make_images(tmp_path / "rgb")
    parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(), **EVERYTHING)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    counting = _Counting()
    report = parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(counting), **EVERYTHING)
    assert (report.written, report.skipped) == (0, 11)
    assert "complete already: 11 images" in str(report)
    assert counting.calls == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_every_call_of_the_parser_has_the_same_number_of_images(tmp_path: Path) -> None:
    images = make_images(tmp_path / "rgb", count=11)
    images[3].write_bytes(b"broken")
    counting = _Counting()
    parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(counting), batch=4)
    assert counting.calls == [4, 4, 4]
    (tmp_path / "parts" / images[0].relative_to(tmp_path / "rgb")).with_suffix(".png").unlink()
    parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(counting), batch=4)
    assert counting.calls == [4, 4, 4, 4]


def _two_people(root: Path) -> Parser:
    """Write an image of a person and one of a head alone, in colours that the parser reads; return the parser."""
    person, head = standing_person(), np.where(standing_person() == Part.HEAD, Part.HEAD, 0).astype(np.uint8)
    for name, parts in (("a/head", head), ("a/person", person), ("b/head", head)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.stack([parts * 32 + 16] * 3, axis=2)).save(root / f"{name}.png")
    return fake_parser()


def test_doubtful_maps_are_counted_named_and_shown_first_also_when_nothing_is_left_to_do(tmp_path: Path) -> None:
    parser = _two_people(tmp_path / "rgb")
    first = parse_tree(tmp_path / "rgb", tmp_path / "parts", parser, overlay=True)
    page = (tmp_path / "parts_overlay" / "index.html").read_text()
    again = parse_tree(tmp_path / "rgb", tmp_path / "parts", parser)
    for report in (first, again):
        assert [doubted.path for doubted in report.doubtful] == [tmp_path / "rgb" / f"{k}/head.png" for k in "ab"]
        worst = f"{tmp_path / 'rgb' / 'a/head.png'} (head 100% of the person; no upper clothes; "
        assert f"; 2 doubtful (66.7%), the worst: {worst}" in str(report)
    assert [page.index(name) for name in ("a/head", "b/head", "a/person")] == sorted(
        page.index(name) for name in ("a/head", "b/head", "a/person")
    )


def test_a_page_of_someone_else_is_kept(tmp_path: Path) -> None:
    make_images(tmp_path / "rgb", count=1)
    (tmp_path / "parts_overlay").mkdir()
    (tmp_path / "parts_overlay" / "index.html").write_text("mine")
    with pytest.raises(ImageTreeError, match=r"index\.html would be overwritten"):
        parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(), overlay=True)


def test_an_overlay_of_maps_that_are_there_needs_no_parser(tmp_path: Path) -> None:
    make_images(tmp_path / "rgb")
    parse_tree(tmp_path / "rgb", tmp_path / "at_once", fake_parser(), overlay=True)
    parse_tree(tmp_path / "rgb", tmp_path / "later", fake_parser())
    counting = _Counting()
    report = parse_tree(tmp_path / "rgb", tmp_path / "later", fake_parser(counting), overlay=True)
    assert report.written == 11
    assert counting.calls == []
    assert files_of(tmp_path / "later_overlay") == files_of(tmp_path / "at_once_overlay")


def test_an_image_of_other_content_is_parsed_again_and_no_other(tmp_path: Path) -> None:
    images = make_images(tmp_path / "rgb")
    parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser())
    before = files_of(tmp_path / "parts")
    changed = next(path for path in images if path.suffix == ".png")
    Image.new("RGB", (3, 5), (255, 0, 0)).save(changed)
    report = parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser())
    assert (report.written, report.skipped) == (1, 10)
    name = changed.relative_to(tmp_path / "rgb").as_posix()
    after = files_of(tmp_path / "parts")
    assert {key for key in after if after[key] != before[key]} == {name}
    assert read_parts(tmp_path / "parts" / name).tolist() == [[5, 5, 5]] * 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("parser", "merge"),
    [
        (fake_parser(name="other"), AUTHORS_MERGE),
        (fake_parser(fingerprint="beef"), AUTHORS_MERGE),
        (fake_parser(), {**AUTHORS_MERGE, "hair": Part.BACKGROUND}),
    ],
)
def test_another_parser_weights_or_merge_makes_all_maps_anew(
    tmp_path: Path, parser: Parser, merge: dict[str, Part]
) -> None:
    make_images(tmp_path / "rgb")
    parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser())
    report = parse_tree(tmp_path / "rgb", tmp_path / "parts", parser, merge=merge)
    assert (report.written, report.skipped) == (11, 0)
    parse_tree(tmp_path / "rgb", tmp_path / "fresh", parser, merge=merge)
    assert files_of(tmp_path / "parts") == files_of(tmp_path / "fresh")


def test_a_merge_file_is_followed(tmp_path: Path) -> None:
    images = make_images(tmp_path / "rgb", count=1)
    (tmp_path / "merge.yaml").write_text("dress: pants\n")
    parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(), merge=tmp_path / "merge.yaml", keep_labels=True)
    name = images[0].relative_to(tmp_path / "rgb").with_suffix(".png")
    with Image.open(tmp_path / "parts_labels" / name) as image:
        labels = np.array(image)
    assert np.array_equal(read_parts(tmp_path / "parts" / name), np.array([0, 1, 2, 3, 4, 5, 3, 5])[labels])


@pytest.mark.answers("bad data", "broken images, while a tree is parsed")
def test_broken_files_are_skipped_and_listed_with_the_reason(tmp_path: Path) -> None:
    images = make_images(tmp_path / "rgb")
    images[2].write_bytes(images[2].read_bytes()[:40])
    images[7].write_bytes(b"")
    (tmp_path / "rgb" / "zz.jpg").symlink_to(tmp_path / "nowhere.jpg")
    report = parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(), batch=3)
    assert [broken.path for broken in report.broken] == [images[2], images[7], tmp_path / "rgb" / "zz.jpg"]
    assert all(str(broken.path) in broken.reason for broken in report.broken)
    assert (report.written, report.skipped) == (9, 0)
    assert "parsed 9 images" in str(report)
    assert "3 broken" in str(report)
    assert len(files_of(tmp_path / "parts")) == 9


def test_a_tree_of_broken_files_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "rgb").mkdir()
    (tmp_path / "rgb" / "a.jpg").write_bytes(b"nothing")
    counting = _Counting()
    report = parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(counting))
    assert str(report).startswith("nothing was written")
    assert counting.calls == []


def test_a_png_of_someone_else_is_not_overwritten_unless_allowed(tmp_path: Path) -> None:
    images = make_images(tmp_path / "rgb")
    theirs = (tmp_path / "parts" / images[4].relative_to(tmp_path / "rgb")).with_suffix(".png")
    write_parts(theirs, np.full((9, 7), 3, dtype=np.uint8))
    before = theirs.read_bytes()
    with pytest.raises(ImageTreeError, match=f"{theirs.name} would be overwritten .*--overwrite"):
        parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser())
    assert files_of(tmp_path / "parts") == {theirs.relative_to(tmp_path / "parts").as_posix(): before}
    parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(), overwrite=True)
    parse_tree(tmp_path / "rgb", tmp_path / "fresh", fake_parser())
    assert files_of(tmp_path / "parts") == files_of(tmp_path / "fresh")


def test_other_files_in_the_folder_of_the_maps_stay(tmp_path: Path) -> None:
    make_images(tmp_path / "rgb")
    (tmp_path / "parts" / "000").mkdir(parents=True)
    (tmp_path / "parts" / "000" / "notes.txt").write_text("mine")
    write_parts(tmp_path / "parts" / "000" / "of_no_image.png", np.zeros((2, 2), dtype=np.uint8))
    before = files_of(tmp_path / "parts")
    parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser())
    assert before.items() <= files_of(tmp_path / "parts").items()


def test_a_label_without_a_part_is_an_error_before_any_image_is_read(tmp_path: Path) -> None:
    (tmp_path / "rgb").mkdir()
    (tmp_path / "rgb" / "a.jpg").write_bytes(b"nothing")
    parser = Parser("fake", ("Background", "Wings"), eighths_of_red, FINGERPRINT)
    with pytest.raises(LabelError, match="'Wings' has no part"):
        parse_tree(tmp_path / "rgb", tmp_path / "parts", parser)
    assert not (tmp_path / "parts").exists()


def test_folders_that_do_not_do_are_named(tmp_path: Path) -> None:
    make_images(tmp_path / "prcc" / "rgb" / "train", count=1)
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    rgb = tmp_path / "prcc" / "rgb"
    for images, out, message in [
        (tmp_path / "nowhere", tmp_path / "out", "nowhere does not exist"),
        (tmp_path / "file", tmp_path / "out", "file is a file, expected a folder"),
        (rgb, tmp_path / "file", "file is a file, expected a folder to write to"),
        (tmp_path / "empty", tmp_path / "out", r"empty holds no images \(\.jpg, .*\): give the folder of the images"),
        (rgb, rgb, "is inside .*choose a folder beside it"),
        (rgb, rgb / "masks", "is inside .*choose a folder beside it"),
        (tmp_path / "prcc", tmp_path / "prcc" / "parts", r"is inside .*give .*prcc/rgb to be parsed"),
    ]:
        with pytest.raises(ImageTreeError, match=message):
            parse_tree(images, out, fake_parser())
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("make", "name"), [(make_ltcc, "ltcc"), (make_last, "last")])
def test_part_maps_inside_a_data_set_are_where_its_reader_looks_and_no_images(
    tmp_path: Path, make: Callable[..., Path], name: str
) -> None:
    root = make(tmp_path / "data", parts=False)
    parse_tree(root, root / "parts", fake_parser(), keep_labels=True)
    again = parse_tree(root, root / "parts", fake_parser())
    assert (again.written, again.skipped) == (0, len(files_of(root / "parts")))
    data = open_data_set(root, name, parts="required")
    assert all(record.parts is not None for record in data.records())
    assert data.verify() == []
    with pytest.raises(ImageTreeError, match=r"is inside .*choose a folder beside it"):
        parse_tree(root, root / "maps", fake_parser())


def test_a_folder_beside_the_maps_may_not_be_the_images(tmp_path: Path) -> None:
    make_images(tmp_path / "parts_overlay", count=1)
    with pytest.raises(ImageTreeError, match="parts_overlay is inside"):
        parse_tree(tmp_path / "parts_overlay", tmp_path / "parts", fake_parser(), overlay=True)


def test_a_folder_of_masks_says_which_parser_reads_it_and_the_other_way_round(tmp_path: Path) -> None:
    (tmp_path / "mask_6").mkdir()
    np.save(tmp_path / "mask_6" / "a.npy", np.zeros((2, 2, 6)))
    make_images(tmp_path / "rgb", count=1)
    with pytest.raises(ImageTreeError, match=r"holds no images .*choose the parser mask6"):
        parse_tree(tmp_path / "mask_6", tmp_path / "out", fake_parser())
    with pytest.raises(ImageTreeError, match=r"holds no soft masks \(\.npy\)"):
        parse_tree(tmp_path / "rgb", tmp_path / "out", mask6_parser(), files=SoftMaskFiles.beside(tmp_path / "rgb"))
    with pytest.raises(ImageTreeError, match="an overlay needs the images"):
        files = SoftMaskFiles(tmp_path / "mask_6", None)
        parse_tree(tmp_path / "mask_6", tmp_path / "out", mask6_parser(), files=files, overlay=True)


def test_a_batch_holds_at_least_one_image(tmp_path: Path) -> None:
    with pytest.raises(ImageTreeError, match="batch is 0, expected at least 1"):
        parse_tree(tmp_path, tmp_path / "out", fake_parser(), batch=0)


@pytest.mark.parametrize(
    ("parse", "message"),
    [
        (lambda images: eighths_of_red(images)[:-1], "gave 7 label maps for 8 images"),
        (lambda images: [image[:2, :2, 0] >> 5 for image in images], r"gave a label map of uint8 \(2, 2\) for .*A_000"),
        (lambda images: [image[..., 0].astype(np.int64) >> 5 for image in images], "gave a label map of int64"),
        (lambda images: [image[..., 0] | 64 for image in images], r"gave the label \d+ for .*, expected 0\.\.7"),
    ],
)
def test_a_parser_that_does_not_keep_its_word_is_named(tmp_path: Path, parse: object, message: str) -> None:
    make_images(tmp_path / "rgb")
    with pytest.raises(ParserError, match=f"fake {message}"):
        parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(parse))


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")])
def test_want_of_memory_advises_a_smaller_batch(tmp_path: Path, error: Exception) -> None:
    def greedy(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        raise error

    make_images(tmp_path / "rgb")
    with pytest.raises(ParserError, match="not enough memory for 8 images: give a smaller batch"):
        parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(greedy))


def test_a_fault_of_the_parsers_code_is_not_disguised(tmp_path: Path) -> None:
    def faulty(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        raise RuntimeError("index out of range")

    make_images(tmp_path / "rgb")
    with pytest.raises(RuntimeError, match="index out of range"):
        parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(faulty))


def test_an_interrupted_parsing_keeps_what_was_finished_and_goes_on(tmp_path: Path) -> None:
    calls = itertools.count()

    def interrupted(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        if next(calls) == 5:
            raise KeyboardInterrupt
        return company_matters(images)

    make_images(tmp_path / "rgb", count=20)
    with pytest.raises(KeyboardInterrupt):
        parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(interrupted), batch=2)
    half = files_of(tmp_path / "parts")
    assert 0 < len(half) < 20
    report = parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(company_matters), batch=2)
    assert report.skipped == len(half)
    parse_tree(tmp_path / "rgb", tmp_path / "fresh", fake_parser(company_matters), batch=2)
    assert files_of(tmp_path / "parts") == files_of(tmp_path / "fresh")
    assert half.items() <= files_of(tmp_path / "fresh").items()


def test_a_parser_may_come_as_the_function_that_builds_it(tmp_path: Path) -> None:
    make_images(tmp_path / "rgb", count=1)
    assert parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser).written == 1


def test_labels_that_are_the_six_parts_stay_as_they_are(tmp_path: Path) -> None:
    def sixths(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        return [image[..., 0] // 43 for image in images]

    make_images(tmp_path / "rgb", count=3)
    parse_tree(tmp_path / "rgb", tmp_path / "parts", Parser("six", SIX_PARTS, sixths, "00"), keep_labels=True)
    for path in (tmp_path / "parts").rglob("*.png"):
        with Image.open(tmp_path / "parts_labels" / path.relative_to(tmp_path / "parts")) as labels:
            assert np.array_equal(read_parts(path), np.array(labels))
