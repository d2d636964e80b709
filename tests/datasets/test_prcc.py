import dataclasses
import itertools
import json
import shutil
from pathlib import Path

import pytest
from datasets.make_prcc import make_prcc

from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import DataSetError, MissingFolderError


def test_counts_come_from_disk(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path, train_identities=3, test_identities=2, images=4))
    assert len(data.train) == 3 * 3 * 4
    assert len(data.gallery) == len(data.query_same) == len(data.query_cross) == 2 * 4
    assert {record.identity for record in data.gallery} == {4, 5}
    assert "36 images of   3 identities, cameras A, B, C" in data.summary()
    assert not data.skipped


def test_cameras_and_outfits_are_prccs(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path))
    assert {(record.camera, record.clothes) for record in data.train} == {("A", 1), ("B", 1), ("C", 2)}
    assert {(record.camera, record.clothes) for record in data.gallery} == {("A", 1)}
    assert {(record.camera, record.clothes) for record in data.query_same} == {("B", 1)}
    assert {(record.camera, record.clothes) for record in data.query_cross} == {("C", 2)}


def test_a_record_points_at_its_own_files(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path))
    for record in itertools.chain(data.train, data.gallery, data.query_same, data.query_cross):
        assert record.parts is not None
        assert record.image.is_file()
        assert record.parts.is_file()
        inside = record.image.relative_to(tmp_path / "rgb")
        assert record.parts.relative_to(tmp_path / "parts") == inside.with_suffix(".png")
        assert int(inside.parent.name) == record.identity


def test_images_are_ordered_by_identity_camera_and_frame(tmp_path: Path) -> None:
    make_prcc(tmp_path, images=1)
    folder = tmp_path / "rgb" / "train" / "001"
    for frame in (2, 10, 9):
        (folder / f"A_cropped_rgb{frame}.jpg").write_bytes((folder / "A_cropped_rgb001.jpg").read_bytes())
    folder.with_name("10").mkdir()
    (folder / "A_cropped_rgb2.jpg").rename(folder.with_name("10") / "A_cropped_rgb2.JPG")
    data = PRCC(tmp_path, parts="none")
    assert [record.frame for record in data.train if record.identity == 1 and record.camera == "A"] == [1, 9, 10]
    assert list(dict.fromkeys(record.identity for record in data.train)) == [1, 2, 3, 4, 10]
    assert [record.camera for record in data.train if record.identity == 2] == ["A", "B", "C"]


def test_labels_are_contiguous_over_the_training_identities(tmp_path: Path) -> None:
    make_prcc(tmp_path, train_identities=3)
    (tmp_path / "rgb" / "train" / "002").rename(tmp_path / "rgb" / "train" / "077")
    assert PRCC(tmp_path, parts="none").train_labels == {1: 0, 3: 1, 77: 2}


def test_val_holds_more_images_of_the_training_identities(tmp_path: Path) -> None:
    make_prcc(tmp_path)
    assert PRCC(tmp_path).val == []
    (tmp_path / "rgb" / "val").mkdir()
    (tmp_path / "rgb" / "train" / "001").rename(tmp_path / "rgb" / "val" / "001")
    data = PRCC(tmp_path)
    assert [(record.identity, record.camera) for record in data.val] == [(1, c) for c in "AABBCC"]
    assert not data.skipped


@pytest.mark.parametrize(("kind", "suffix"), [("png", ".png"), ("npy", ".npy")])
def test_part_maps_are_found_as_pngs_or_soft_masks(tmp_path: Path, kind: str, suffix: str) -> None:
    data = PRCC(make_prcc(tmp_path, parts=kind))
    for records in (data.train, data.gallery, data.query_same, data.query_cross):
        assert {record.parts.suffix for record in records if record.parts is not None} == {suffix}
    assert not data.skipped


def test_pngs_go_before_soft_masks(tmp_path: Path) -> None:
    make_prcc(tmp_path, parts="npy")
    make_prcc(tmp_path, parts="png")
    assert {record.parts.suffix for record in PRCC(tmp_path).train if record.parts is not None} == {".png"}


def test_a_training_image_without_parts_is_left_out_and_listed(tmp_path: Path) -> None:
    make_prcc(tmp_path)
    (tmp_path / "parts" / "train" / "001" / "A_cropped_rgb001.png").unlink()
    (tmp_path / "parts" / "test" / "A" / "005" / "cropped_rgb001.png").unlink()
    data = PRCC(tmp_path)
    assert [skipped.path.name for skipped in data.skipped] == ["A_cropped_rgb001.jpg"]
    assert len(data.train) == 4 * 3 * 2 - 1
    assert len(data.gallery) == 2 * 2
    assert "1 files: a training image without a part map" in data.summary()


def test_no_part_maps_are_read_where_none_are_needed(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path), parts="none")
    assert len(data.train) == 4 * 3 * 2
    assert all(record.parts is None for record in data.train + data.gallery)
    assert not data.skipped


def test_a_data_set_without_any_part_map_is_refused_where_they_are_needed(tmp_path: Path) -> None:
    make_prcc(tmp_path, parts=None)
    with pytest.raises(DataSetError, match=rf"PNG under {tmp_path}/parts/train .* mask under {tmp_path}/mask_6/train"):
        PRCC(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["rgb/train", "rgb/test/A", "rgb/test/B", "rgb/test/C"])
def test_a_missing_folder_is_named(tmp_path: Path, folder: str) -> None:
    make_prcc(tmp_path)
    (tmp_path / folder).rename(tmp_path / "elsewhere")
    with pytest.raises(MissingFolderError, match=f"there is no folder {tmp_path / folder}: give the folder that holds"):
        PRCC(tmp_path)


def test_a_missing_root_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere .* does not exist.*ccreid render"):
        PRCC(tmp_path / "nowhere")


def test_a_folder_too_high_or_too_low_is_answered_with_the_right_one(tmp_path: Path) -> None:
    make_prcc(tmp_path / "prcc")
    with pytest.raises(MissingFolderError, match=f"give {tmp_path / 'prcc'}$"):
        PRCC(tmp_path)
    with pytest.raises(MissingFolderError, match=f"give the folder above, {tmp_path / 'prcc'}$"):
        PRCC(tmp_path / "prcc" / "rgb")


@pytest.mark.parametrize("folder", ["train", "test/B"])
def test_an_empty_folder_is_refused(tmp_path: Path, folder: str) -> None:
    make_prcc(tmp_path)
    (tmp_path / "rgb" / folder).rename(tmp_path / "elsewhere")
    (tmp_path / "rgb" / folder / "001").mkdir(parents=True)
    with pytest.raises(DataSetError, match=f"{folder} holds no images: expected <identity>/"):
        PRCC(tmp_path)


def test_what_desktops_leave_behind_is_passed_over(tmp_path: Path) -> None:
    before = PRCC(make_prcc(tmp_path))
    for name in ("._A_cropped_rgb001.jpg", "Thumbs.db", ".DS_Store", "desktop.ini"):
        (tmp_path / "rgb" / "train" / "001" / name).write_bytes(b"x")
        (tmp_path / "rgb" / "train" / name).write_bytes(b"x")
    (tmp_path / "rgb" / "train" / ".cache").mkdir()
    after = PRCC(tmp_path)
    assert after.train == before.train
    assert not after.skipped


def test_images_of_val_are_said_to_take_no_part(tmp_path: Path) -> None:
    root = make_prcc(tmp_path)
    assert PRCC(root).left_out() == ""
    (root / "rgb" / "val" / "001").mkdir(parents=True)
    image = root / "rgb" / "train" / "001" / "A_cropped_rgb001.jpg"
    (root / "rgb" / "val" / "001" / "A_cropped_rgb091.jpg").write_bytes(image.read_bytes())
    assert PRCC(root).left_out() == f"left out images of {root}: 1 of val, on which nothing is trained or tested"
    (image.parent / "walk.mp4").write_bytes(b"x")
    assert PRCC(root).left_out() == (
        f"left out 1 of {root}: 1 no image by its ending; 1 of val, on which nothing is trained or tested"
    )


def test_files_and_folders_with_other_names_are_listed(tmp_path: Path) -> None:
    before = PRCC(make_prcc(tmp_path))
    (tmp_path / "rgb" / "train" / "001" / "photo 1.jpg").write_bytes(b"x")
    (tmp_path / "rgb" / "test" / "A" / "old").mkdir()
    after = PRCC(tmp_path)
    assert after.train == before.train
    assert [skipped.path.name for skipped in after.skipped] == ["photo 1.jpg", "old"]
    assert "1 files: an image whose name does not follow PRCC's" in after.summary()


def test_another_camera_is_read_without_an_outfit(tmp_path: Path) -> None:
    make_prcc(tmp_path)
    folder = tmp_path / "rgb" / "train" / "001"
    (folder / "B_cropped_rgb001.jpg").rename(folder / "D_cropped_rgb001.jpg")
    assert [r.clothes for r in PRCC(tmp_path, parts="none").train if r.camera == "D"] == [None]


def test_rendered_people_are_not_called_prcc(tmp_path: Path) -> None:
    assert PRCC(make_prcc(tmp_path)).name == "prcc"
    (tmp_path / "wardrobe.json").write_text('{"images": []}')
    assert PRCC(tmp_path).name == "wardrobe"


def test_outfits_of_rendered_people_are_those_that_wardrobe_json_says(tmp_path: Path) -> None:
    make_prcc(tmp_path)
    worn = {"train/001/A_cropped_rgb001.jpg": 4, "test/C/005/cropped_rgb002.jpg": 3}
    images = [{"path": path, "outfit": outfit} for path, outfit in worn.items()]
    (tmp_path / "wardrobe.json").write_text(json.dumps({"images": images}))
    data = PRCC(tmp_path)
    outfits = {record.image.relative_to(tmp_path / "rgb").as_posix(): record.clothes for record in data.records()}
    assert {path: outfits[path] for path in worn} == worn
    assert outfits["train/001/A_cropped_rgb002.jpg"] == 1
    assert outfits["train/001/C_cropped_rgb001.jpg"] == 2


def test_held_out_people_of_more_than_three_cameras_search_each_other_in_other_clothes(tmp_path: Path) -> None:
    root = make_prcc(tmp_path)
    for path in (root / "rgb" / "train").rglob("A_*.jpg"):
        path.rename(path.with_name(path.name.replace("A_", "E_")))
    (root / "wardrobe.json").write_text(
        json.dumps(
            {
                "images": [
                    {"path": path.relative_to(root / "rgb").as_posix(), "outfit": "EBC".index(path.name[0])}
                    for path in (root / "rgb" / "train").rglob("*.jpg")
                ]
            }
        )
    )
    data = PRCC(root, "none")
    setting = data.held_out_setting(data.train)
    assert (setting.name, setting.clothes, len(setting.query)) == ("cross", "other", len(data.train))


def test_verify_lists_broken_images_of_every_split(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path))
    assert data.verify() == []
    data.query_cross[1].image.write_bytes(b"no image")
    data.train[3].image.write_bytes(b"no image")
    assert [skipped.path for skipped in data.verify()] == [data.train[3].image, data.query_cross[1].image]


def test_sketches_are_read_in_the_place_of_photos(tmp_path: Path) -> None:
    photos = PRCC(make_prcc(tmp_path, sketches=True))
    sketches = PRCC(tmp_path, modality="sketch")
    for split in ("train", "gallery", "query_same", "query_cross"):
        assert len(getattr(photos, split)) > 0
        for photo, sketch in zip(getattr(photos, split), getattr(sketches, split), strict=True):
            assert sketch.image.is_file()
            assert sketch.image.relative_to(tmp_path / "sketch") == photo.image.relative_to(tmp_path / "rgb")
            assert dataclasses.replace(sketch, image=photo.image) == photo
    assert not sketches.verify()


@pytest.mark.parametrize("folder", ["sketch", "sketch/train", "sketch/test/B"])
def test_missing_sketches_are_answered_with_the_command_that_draws_them(tmp_path: Path, folder: str) -> None:
    make_prcc(tmp_path, sketches=True)
    shutil.rmtree(tmp_path / folder)
    with pytest.raises(
        MissingFolderError,
        match=rf"no contour sketches, there is no folder {tmp_path / folder}.*: draw them with `ccreid sketch "
        rf"{tmp_path}/rgb {tmp_path}/sketch`$",
    ):
        PRCC(tmp_path, modality="sketch")


def test_a_missing_photo_folder_is_not_answered_with_sketches(tmp_path: Path) -> None:
    make_prcc(tmp_path, sketches=True)
    shutil.rmtree(tmp_path / "rgb" / "train")
    with pytest.raises(MissingFolderError, match="give the folder that holds rgb/train"):
        PRCC(tmp_path)
