from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from parsing.fake_parsers import eighths_of_red, fake_parser
from parsing.make_images import make_images
from PIL import Image, ImageSequence

import ccreid
from ccreid import progress
from ccreid.datasets.decoding import ImageError
from ccreid.datasets.part_maps import read_parts
from ccreid.errors import BadValueError, MissingFileError
from ccreid.parsing.known_parsers import build_parser
from ccreid.parsing.labels import AUTHORS_MERGE, LabelError
from ccreid.parsing.parse_images import parse_images
from ccreid.parsing.parser import ParserError
from ccreid.parsing.tree.parse import parse_tree
from ccreid.parts import Part

PART_OF_LABEL = np.array([0, 1, 2, 3, 4, 5, 2, 5], dtype=np.uint8)


def _noise(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def _expected(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return PART_OF_LABEL[image[..., 0] >> 5]


def test_every_kind_of_image_gets_its_map_in_its_own_size_and_place(tmp_path: Path) -> None:
    pixels = [_noise(9 + k, 7, seed=k) for k in range(4)]
    Image.fromarray(pixels[0]).save(tmp_path / "a.png")
    Image.fromarray(pixels[1]).save(tmp_path / "b.png")
    images = [tmp_path / "a.png", str(tmp_path / "b.png"), Image.fromarray(pixels[2]), pixels[3]]
    maps = list(parse_images(images, fake_parser(), batch_size=3))
    assert all(parts.dtype == np.uint8 for parts in maps)
    assert all(np.array_equal(parts, _expected(image)) for parts, image in zip(maps, pixels, strict=True))


def test_one_image_is_a_list_of_one(tmp_path: Path) -> None:
    image = _noise(9, 7)
    Image.fromarray(image).save(tmp_path / "a.png")
    for one in (image, Image.fromarray(image), tmp_path / "a.png", str(tmp_path / "a.png")):
        (parts,) = parse_images(one, fake_parser())
        assert np.array_equal(parts, _expected(image))


def test_an_array_of_images_is_many_and_an_empty_list_has_no_maps() -> None:
    images = np.stack([_noise(9, 7, seed=k) for k in range(3)])
    assert np.array_equal(np.stack([*parse_images(images, fake_parser())]), _expected(images))
    assert [*parse_images([], fake_parser())] == []


@pytest.mark.slow
def test_the_maps_are_those_that_a_tree_gets(tmp_path: Path) -> None:
    images = make_images(tmp_path / "rgb", count=5)
    parse_tree(tmp_path / "rgb", tmp_path / "parts", build_parser("lite"))
    for path, parts in zip(images, ccreid.parse_images(images), strict=True):
        written = (tmp_path / "parts" / path.relative_to(tmp_path / "rgb")).with_suffix(".png")
        assert np.array_equal(read_parts(written), parts)


def test_an_iterator_is_read_a_batch_ahead_and_no_further() -> None:
    read: list[int] = []

    def images() -> Iterator[NDArray[np.uint8]]:
        for seed in range(40):
            read.append(seed)
            yield _noise(5, 4, seed)

    maps = parse_images(images(), fake_parser(), batch_size=4)
    assert not read
    for done, parts in enumerate(maps):
        assert np.array_equal(parts, _expected(_noise(5, 4, done)))
        assert len(read) <= done + 2 * 4 + 1
    assert len(read) == 40


def test_frames_that_are_read_into_the_same_memory_are_told_apart() -> None:
    def frames() -> Iterator[NDArray[np.uint8]]:
        frame = np.empty((6, 5, 3), np.uint8)
        for seed in range(10):
            frame[:] = _noise(6, 5, seed)
            yield frame

    maps = parse_images(frames(), fake_parser(), batch_size=3)
    assert all(np.array_equal(parts, _expected(_noise(6, 5, k))) for k, parts in enumerate(maps))


def test_the_frames_of_one_picture_file_are_told_apart(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((6, 5, 3), 32 * k, np.uint8)) for k in range(8)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    with Image.open(tmp_path / "a.png") as opened:
        maps = [*parse_images(ImageSequence.Iterator(opened), fake_parser())]
    assert [int(parts[0, 0]) for parts in maps] == PART_OF_LABEL.tolist()


def test_a_broken_image_is_named_by_its_file_or_its_place(tmp_path: Path) -> None:
    (tmp_path / "b.jpg").write_bytes(b"nothing")
    image = _noise(9, 7)
    with pytest.raises(ImageError, match=r"b\.jpg is broken or no image"):
        list(parse_images([image, tmp_path / "b.jpg"], fake_parser()))
    with pytest.raises(ImageError, match=r"there is no image nowhere\.jpg"):
        list(parse_images("nowhere.jpg", fake_parser()))
    with pytest.raises(ImageError, match=r"image 1 is an array of float64 .*expected uint8 RGB \(H, W, 3\)"):
        list(parse_images([image, image / 255], fake_parser()))
    with pytest.raises(ImageError, match="image 0 is a int, expected a path"):
        list(parse_images([3], fake_parser()))  # type: ignore[list-item]


def test_a_parser_that_does_not_keep_its_word_names_the_image(tmp_path: Path) -> None:
    image = _noise(9, 7)
    Image.fromarray(image).save(tmp_path / "a.png")

    def flat(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        return [labels[0] if labels.shape == (9, 7) else labels for labels in eighths_of_red(images)]

    with pytest.raises(ParserError, match=r"fake gave a label map of uint8 \(7,\) for image 1"):
        list(parse_images([_noise(2, 2), image], fake_parser(flat)))
    with pytest.raises(ParserError, match=r"for .*a\.png, expected uint8 \(9, 7\)"):
        list(parse_images(tmp_path / "a.png", fake_parser(flat)))


def test_another_merge_gives_other_parts(tmp_path: Path) -> None:
    image = _noise(9, 7)
    (tmp_path / "merge.yaml").write_text("dress: pants\n")
    for merge in ({**AUTHORS_MERGE, "dress": Part.PANTS}, tmp_path / "merge.yaml"):
        (parts,) = parse_images(image, fake_parser(), merge=merge)
        assert np.array_equal(parts, np.array([0, 1, 2, 3, 4, 5, 3, 5])[image[..., 0] >> 5])


def test_a_wrong_choice_shows_before_any_map_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(BadValueError, match="there is no parser 'late': did you mean 'lite'"):
        parse_images("a.jpg", "late")
    with pytest.raises(BadValueError, match="schp-atr needs its weights"):
        parse_images("a.jpg", "schp-atr")
    with pytest.raises(MissingFileError, match=r"nowhere\.safetensors"):
        parse_images("a.jpg", "lite", "nowhere.safetensors")
    with pytest.raises(BadValueError, match="mask6 reads the authors' soft masks and no images"):
        parse_images("a.npy", "mask6")
    with pytest.raises(BadValueError, match=r"weights is a\.pth, and fake is a Parser that has its own"):
        parse_images("a.jpg", fake_parser(), "a.pth")
    with pytest.raises(BadValueError, match="device 'cuda:77' cannot be used"):
        parse_images("a.jpg", device="cuda:77")
    with pytest.raises(BadValueError, match="batch_size is 0, expected at least 1"):
        parse_images("a.jpg", batch_size=0)
    (tmp_path / "merge.yaml").write_text("wings: head\n")
    with pytest.raises(LabelError, match="names the label 'wings'"):
        parse_images("a.jpg", merge=tmp_path / "merge.yaml")


@pytest.mark.parametrize(
    ("count", "said", "shown"), [(5, None, False), (6, None, True), (6, False, False), (1, True, True)]
)
def test_long_lists_show_how_far_they_are(
    count: int, said: bool | None, shown: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ccreid.parsing.parse_images.LONG", 5)
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN_LINES", 0)
    assert len([*parse_images([_noise(2, 2)] * count, fake_parser(), progress=said)]) == count
    assert capsys.readouterr().err.startswith(f"{count} of {count} images") is shown
