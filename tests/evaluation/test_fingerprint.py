from pathlib import Path

import pytest

from ccreid.evaluation import data_fingerprint


def _data(root: Path) -> Path:
    for name in ("rgb/train/001/A_1.jpg", "rgb/test/A/002/x.jpg"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1234")
    return root


def test_it_is_that_of_the_listing_wherever_the_folder_is(tmp_path: Path) -> None:
    one, other = data_fingerprint(_data(tmp_path / "one")), data_fingerprint(_data(tmp_path / "other"))
    assert one == other
    assert len(one) == 64
    assert int(one, 16) > 0


def test_names_sizes_and_the_manifest_enter(tmp_path: Path) -> None:
    root = _data(tmp_path)
    seen = [data_fingerprint(root)]
    (root / "rgb/train/001/A_1.jpg").write_bytes(b"12345")
    seen.append(data_fingerprint(root))
    (root / "rgb/train/001/A_1.jpg").rename(root / "rgb/train/001/A_2.jpg")
    seen.append(data_fingerprint(root))
    (root / "wardrobe.json").write_text('{"seed": 1}')
    seen.append(data_fingerprint(root))
    (root / "wardrobe.json").write_text('{"seed": 2}')
    seen.append(data_fingerprint(root))
    assert len(set(seen)) == 5


def test_hidden_files_and_the_content_of_images_do_not_enter(tmp_path: Path) -> None:
    root = _data(tmp_path)
    before = data_fingerprint(root)
    (root / "rgb/train/001/A_1.jpg").write_bytes(b"4321")
    (root / ".cache").mkdir()
    (root / ".cache/x").write_bytes(b"1")
    (root / "rgb/.DS_Store").write_bytes(b"1")
    assert data_fingerprint(root) == before


def test_a_missing_or_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere is not a folder"):
        data_fingerprint(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="holds no files"):
        data_fingerprint(tmp_path)
