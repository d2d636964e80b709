from pathlib import Path

import pytest

from ccreid.atomic_files import atomic_path
from ccreid.datasets.image_tree import (
    ImageTreeError,
    claimed_tree,
    find_files,
    find_images,
    find_sources,
    passed_over,
)


def _touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_files_come_by_folder_and_name(tmp_path: Path) -> None:
    _touch(tmp_path, "b/2.jpg", "b/10.JPG", "a/z/1.png", "a/y.jpg", "c.jpg", "b-1/1.jpg")
    found = [str(name) for name in find_files(tmp_path, (".jpg", ".png"))]
    assert found == ["a/y.jpg", "a/z/1.png", "b/10.JPG", "b/2.jpg", "b-1/1.jpg", "c.jpg"]


def test_other_files_and_hidden_ones_are_passed_over(tmp_path: Path) -> None:
    _touch(tmp_path, "a.jpg", "a.txt", ".b.jpg", ".cache/c.jpg", "d/._e.jpg", "d/readme")
    assert [str(name) for name in find_files(tmp_path, (".jpg",))] == ["a.jpg"]


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    _touch(tmp_path, "elsewhere/p/1.jpg")
    root = tmp_path / "root"
    root.mkdir()
    (root / "x").symlink_to(tmp_path / "elsewhere")
    (root / "y").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "p" / "up").symlink_to(root)
    assert {str(name) for name in find_files(root, (".jpg",))} == {"x/p/1.jpg", "y/p/1.jpg"}


def test_two_images_of_one_name_are_an_error_that_names_both(tmp_path: Path) -> None:
    _touch(tmp_path, "p/a.jpg", "p/a.png", "q/a.png")
    with pytest.raises(ImageTreeError, match=r"p/a\.jpg and .*p/a\.png differ in their ending alone.*p/a\.png: rename"):
        find_sources(tmp_path, (".jpg", ".png"))
    assert len(find_sources(tmp_path, (".png",))) == 2


def test_images_are_found_whatever_their_folders_and_names_are(tmp_path: Path) -> None:
    _touch(tmp_path / "elsewhere", "3.jpg")
    root = tmp_path / "photos"
    _touch(root, "Ann \N{SLIGHTLY SMILING FACE}/photo of Ann.JPG", "deep/er/est/x.jpeg", ".hidden/y.jpg", "notes.txt")
    (root / "link.jpg").symlink_to(tmp_path / "elsewhere" / "3.jpg")
    (root / "round").symlink_to(root, target_is_directory=True)
    assert [path.name for path in find_images(root)] == ["photo of Ann.JPG", "x.jpeg", "link.jpg"]
    assert all(path.is_file() for path in find_images(str(root)))


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    _touch(tmp_path, "notes.txt")
    with pytest.raises(ImageTreeError, match=rf"{tmp_path} holds no images \(\.jpg, .*\): give a folder that has some"):
        find_images(tmp_path)
    with pytest.raises(ImageTreeError, match=r"nowhere does not exist"):
        find_images(tmp_path / "nowhere")


def test_what_has_another_ending_is_counted(tmp_path: Path) -> None:
    _touch(tmp_path, "a.jpg", "b.TXT", "deep/b.txt", "c.mp4", "README", ".b.txt")
    assert passed_over(tmp_path, (".jpg",)) == {".txt": 2, ".mp4": 1, "without an ending": 1}


@pytest.mark.answers("bad environments", "two runs in one folder at once")
def test_one_process_at_a_time_writes_to_a_tree_and_what_a_killed_one_left_is_removed(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "parts" / "001" / "a.png") as half:
        half.write_bytes(b"half")
        with claimed_tree(tmp_path / "parts"):
            assert not half.exists()
            other = pytest.raises(ImageTreeError, match=f"another process writes to {tmp_path / 'parts'}: wait until")
            with other, claimed_tree(tmp_path / "parts"):
                pytest.fail("two write to one tree")
        half.write_bytes(b"whole")
    with claimed_tree(tmp_path / "parts"):
        pass


def test_what_stands_in_a_folders_place_is_left_to_who_writes(tmp_path: Path) -> None:
    (tmp_path / "parts").write_text("mine")
    with claimed_tree(tmp_path / "parts"):
        pass
    assert (tmp_path / "parts").read_text() == "mine"
