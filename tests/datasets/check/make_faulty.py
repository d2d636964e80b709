"""Makes a data set in LTCC's layout with one of each fault that a check is to find."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from ccreid.datasets.part_maps import write_parts

TRAIN, TEST = (1, 2, 3, 4), (11, 12, 13)


def scene(seed: int, width: int = 64, height: int = 128) -> Image.Image:
    """Return a picture of soft spots, which looks like no other."""
    spots = np.random.default_rng(seed).integers(0, 256, (16, 8, 3), dtype=np.uint8)
    return Image.fromarray(spots).resize((width, height), Image.Resampling.BICUBIC)


def altered(image: Image.Image) -> Image.Image:
    """Return a picture as it comes back from the web: a little cropped, brighter and smaller."""
    width, height = image.size
    cropped = image.crop((1, 2, width - 1, height - 2)).resize((width * 3 // 4, height * 3 // 4))
    return ImageEnhance.Brightness(cropped).enhance(1.1)


@dataclass
class FaultyDataSet:
    """A folder, and the files of each fault by its kind.

    Attributes:
        root: Of the data set.
        planted: Of each kind of finding all files that it is to name, without folders.
    """

    root: Path
    planted: dict[str, set[str]] = field(default_factory=dict)
    _seed: int = 0

    def add(self, inside: str, image: Image.Image | None = None, *kinds: str, parts: bool = True) -> Path:
        """Write an image, of a scene of its own where none is given, and its part map where it is for training."""
        self._seed += 1
        path = self.root / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        image = image or scene(self._seed)
        image.save(path, quality=90)
        if parts and inside.startswith("train"):
            write_parts(self.parts_of(path), np.ones((image.height, image.width), dtype=np.uint8))
        self.plant(path, *kinds)
        return path

    def parts_of(self, image: Path) -> Path:
        """Return where an image's part map is."""
        return (self.root / "parts" / image.relative_to(self.root)).with_suffix(".png")

    def plant(self, path: Path, *kinds: str) -> None:
        """Note that findings of these kinds are to name a file."""
        for kind in kinds:
            self.planted.setdefault(kind, set()).add(path.name)


def make_sound(root: Path) -> FaultyDataSet:
    """Write training and test people in two outfits before two cameras; nothing is wrong with them."""
    data = FaultyDataSet(root)
    for identity in (*TRAIN, *TEST):
        for clothes in (1, 2):
            for camera in (1, 2):
                folder = "train" if identity in TRAIN else "test" if camera == 1 else "query"
                data.add(f"{folder}/{identity:03d}_{clothes}_c{camera}_000001.jpg")
    return data


def make_faulty(root: Path) -> FaultyDataSet:
    """Write the same and every fault."""
    data = make_sound(root)
    _copies(data)
    _pictures(data)
    _people(data)
    _part_maps(data)
    data.add("train/holiday.jpg", None, "left out", parts=False)
    data.add("train/001_1_c1_000001.png", None, "left out", parts=False)
    return data


def _copies(data: FaultyDataSet) -> None:
    def twice(kind: str, first: str, other: str, *, near: bool = False) -> None:
        one = data.add(first)
        copy = altered(Image.open(one)) if near else None
        path = data.add(other, copy or Image.open(one))
        if copy is None:
            path.write_bytes(one.read_bytes())
        data.plant(one, kind)
        data.plant(path, kind)

    twice("leak", "train/001_1_c1_000101.jpg", "test/011_1_c1_000101.jpg")
    twice("near leak", "train/001_1_c1_000102.jpg", "test/011_1_c1_000102.jpg", near=True)
    twice("two identities", "train/001_1_c1_000103.jpg", "train/002_1_c1_000103.jpg")
    twice("near two identities", "train/001_1_c1_000104.jpg", "train/003_1_c1_000104.jpg", near=True)
    twice("copy", "train/004_1_c1_000105.jpg", "train/004_1_c1_000106.jpg")
    # Of a series nobody is named.
    one = data.add("train/004_1_c1_000107.jpg")
    data.add("train/004_1_c1_000108.jpg", altered(Image.open(one)))


def _pictures(data: FaultyDataSet) -> None:
    cut = data.add("train/001_1_c1_000201.jpg", None, "broken")
    cut.write_bytes(cut.read_bytes()[:-500])
    data.add("train/001_1_c1_000202.jpg", None, "broken").write_bytes(b"")
    data.add("test/011_1_c1_000203.jpg", None, "broken").write_text("<html>404</html>")
    data.add("train/001_1_c1_000204.jpg", scene(901, 12, 40), "tiny")
    data.add("train/001_1_c1_000205.jpg", scene(902, 40, 31), "tiny", "sideways")
    data.add("train/001_1_c1_000206.jpg", scene(903, 128, 64), "sideways")
    data.add("train/001_1_c1_000207.jpg", Image.new("RGB", (64, 128), (200, 0, 0)), "blank")
    turned = data.add("train/001_1_c1_000208.jpg", None, "turned")
    exif = Image.Exif()
    exif[274] = 6
    Image.open(turned).rotate(90, expand=True).save(turned, exif=exif)


def _people(data: FaultyDataSet) -> None:
    data.add("train/021_1_c1_000001.jpg", None, "one image")
    for frame in (1, 2):
        data.add(f"train/022_1_c3_00000{frame}.jpg", None, "one camera", "one outfit")
    unmatched = "unmatched, standard", "unmatched, cross", "unmatched, same"
    data.add("query/031_1_c1_000001.jpg", None, "not in gallery", *unmatched)
    data.add("query/032_1_c1_000001.jpg", None, "one camera", *unmatched)
    data.add("test/032_2_c1_000001.jpg", None, "one camera")
    data.add("query/033_1_c1_000001.jpg", None, "one outfit", "unmatched, cross")
    data.add("test/033_1_c2_000001.jpg", None, "one outfit")
    data.plant(data.root / "train/002_1_c1_000001.jpg", "both sides")
    data.add("test/002_1_c1_000301.jpg", None, "both sides")


def _part_maps(data: FaultyDataSet) -> None:
    square = data.parts_of(data.add("train/001_1_c1_000401.jpg"))
    write_parts(square, np.ones((64, 64), dtype=np.uint8))
    data.plant(square, "part maps")
    wrong = data.parts_of(data.add("train/001_1_c1_000403.jpg"))
    Image.fromarray(np.full((128, 64), 9, dtype=np.uint8)).save(wrong)
    data.plant(wrong, "part maps")
    broken = data.parts_of(data.add("train/001_1_c1_000404.jpg"))
    broken.write_bytes(b"no PNG")
    data.plant(broken, "part maps")
    data.add("train/001_1_c1_000405.jpg", None, "without part map", parts=False)
