"""PRCC and everything laid out like it, Wardrobe included: people who change clothes under three cameras."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

from ccreid.datasets.folder_reader import shown
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import DataSetError, ImageRecord, MissingFolderError, Modality, Skipped
from ccreid.datasets.retrieval_setting import RetrievalSetting
from ccreid.datasets.wardrobe_file import TRUTH_FILE

__all__ = ["PRCC", "DataSetError", "MissingFolderError"]

_TRAINING_NAME: Final = re.compile(r"([A-Z])_cropped_rgb(\d+)\.jpe?g", re.IGNORECASE)
_TEST_NAME: Final = re.compile(r"()cropped_rgb(\d+)\.jpe?g", re.IGNORECASE)

# Camera C sees other clothes than A and B; what more cameras see is not said by the layout.
_OUTFIT_OF_CAMERA: Final = {"A": 1, "B": 1, "C": 2}


class PRCC(PeopleDataSet):
    """Person Re-id under moderate Clothing Change (Yang, Wu & Zheng, TPAMI 43(6), 2021).

    221 people under three indoor cameras, 33,698 images. Cameras A and B show a person in one outfit, camera C in
    another. 150 people are for training; of the other 71, camera A's images are the gallery, camera B's the queries in
    the same clothes, and camera C's the queries in other clothes. Two protocols are in use: `all-gallery` searches all
    of camera A's images, `single-shot` one random image an identity; see `ccreid.evaluation`.

    For research only, on request from its authors (http://www.isee-ai.cn/~yangqize/clothing.html); the images may not
    be passed on. Cite the paper above. Wardrobe, the rendered data set of `ccreid render`, has the same layout.

    Folders under the root::

        rgb/train/<identity>/<camera>_cropped_rgb<nnn>.jpg
        rgb/val/<identity>/<camera>_cropped_rgb<nnn>.jpg     more images of the training identities; may be missing
        rgb/test/<A|B|C>/<identity>/cropped_rgb<nnn>.jpg
        parts/...                                            part maps: rgb's tree and names, palette PNGs
        mask_6/...                                           or the authors' soft masks: rgb's tree and names, .npy
        sketch/...                                           contour sketches: rgb's tree and names

    A part map is looked for under parts/ first. Counts are what is on disk, in the order of identity, camera and frame.
    Hidden files and files that are no JPEG are passed over; a JPEG or an identity folder with another name is left out
    and listed. No image is opened; `verify` does that.

    Args:
        root: The folder that holds rgb/.
        parts: "required" leaves out training images without a part map and lists them, and is an error where no
            training image has one; "none" looks for no part maps at all. Test images and rgb/val need none.
        modality: "sketch" reads the images under sketch/ in the place of those under rgb/.

    Attributes:
        root: The folder.
        modality: Which images are read.
        train: Training images.
        val: More images of the training identities.
        gallery: Camera A's test images.
        query_same: Camera B's test images, in the gallery's clothes.
        query_cross: Camera C's test images, in other clothes.
        skipped: What was left out, and why.

    Raises:
        MissingFolderError: The root, rgb/train or a camera's test folder is missing; or the like of them in sketch/.
        DataSetError: A folder holds no images, or part maps are required and there are none.

    Example:
        >>> data = PRCC("data/prcc", parts="none")
        >>> len(data.train), len(data.gallery)
        (17896, 3384)
    """

    images = "rgb"

    def __init__(
        self, root: str | Path, parts: Literal["required", "none"] = "required", modality: Modality = "rgb"
    ) -> None:
        self.root = Path(root)
        self.modality: Modality = modality
        self.skipped: list[Skipped] = []
        self._with_parts = parts == "required"
        _require(self.root, self.root)
        self.train = self._training_images("train")
        self.val = self._training_images("val") if (self.root / modality / "val").is_dir() else []
        self.gallery = self._test_images("A")
        self.query_same = self._test_images("B")
        self.query_cross = self._test_images("C")
        if self._with_parts:
            folders = (self.root / tree / "train" for tree in ("parts", "mask_6"))
            self._leave_out_images_without_parts("neither a PNG under {} nor a soft mask under {}".format(*folders))

    @staticmethod
    def recognises(root: Path) -> bool:
        """Whether a folder looks like PRCC."""
        return (root / "rgb" / "train").is_dir() or (root / "rgb" / "test").is_dir()

    @property
    def name(self) -> str:
        """`wardrobe` for a rendered data set, `prcc` for any other in this layout."""
        return "wardrobe" if (self.root / TRUTH_FILE).is_file() else "prcc"

    @property
    def settings(self) -> Sequence[RetrievalSetting]:
        """`cross`, camera C's queries in camera A's gallery, and `same`, camera B's; single-shot too."""
        return (
            RetrievalSetting("cross", self.query_cross, self.gallery, across_clothes=True, single_shot=True),
            RetrievalSetting("same", self.query_same, self.gallery, single_shot=True),
        )

    def records(self) -> list[ImageRecord]:
        """Return all images of the data set, rgb/val's too."""
        return [*self.train, *self.val, *self.gallery, *self.query_same, *self.query_cross]

    def held_out_setting(self, records: Sequence[ImageRecord]) -> RetrievalSetting:
        """Return how held-out training images are searched: camera C's search camera A's, as the test set's do.

        Raises:
            DataSetError: There are no images of camera A or of camera C.
        """
        gallery = [record for record in records if record.camera == "A"]
        query = [record for record in records if record.camera == "C"]
        if not gallery or not query:
            raise DataSetError(
                "the held-out training identities have no images of both camera A and camera C: "
                "set selection.held_out 0 to take the last epoch"
            )
        return RetrievalSetting("cross", query, gallery, across_clothes=True)

    def summary(self) -> str:
        """Return the counts of images, identities and cameras, and of what was left out, one line each."""
        splits = {
            "train": self.train,
            "val": self.val,
            "gallery (camera A)": self.gallery,
            "query, same clothes (B)": self.query_same,
            "query, other clothes (C)": self.query_cross,
        }
        return self._counted(splits)

    def _training_images(self, split: str) -> list[ImageRecord]:
        folder = self.root / self.modality / split
        _require(self.root, folder)
        records = [record for person in self._people(folder) for record in self._images(person, _TRAINING_NAME)]
        if not records and split == "train":
            raise DataSetError(f"{folder} holds no images: expected <identity>/<camera>_cropped_rgb<nnn>.jpg")
        return records

    def _test_images(self, camera: str) -> list[ImageRecord]:
        folder = self.root / self.modality / "test" / camera
        _require(self.root, folder)
        records = [record for person in self._people(folder) for record in self._images(person, _TEST_NAME, camera)]
        if not records:
            raise DataSetError(f"{folder} holds no images: expected <identity>/cropped_rgb<nnn>.jpg")
        return records

    def _people(self, folder: Path) -> Iterator[Path]:
        people = []
        for path in shown(folder):
            if not path.is_dir():
                continue
            if path.name.isdecimal():
                people.append(path)
            else:
                self.skipped.append(Skipped(path, "a folder whose name is no identity number"))
        yield from sorted(people, key=lambda path: (int(path.name), path.name))

    def _images(self, person: Path, pattern: re.Pattern[str], camera: str | None = None) -> list[ImageRecord]:
        part_maps = self._part_maps(person) if self._with_parts else {}
        records = []
        for path in shown(person):
            match = pattern.fullmatch(path.name)
            if match is not None:
                seen_by = camera or match[1].upper()
                outfit = _OUTFIT_OF_CAMERA.get(seen_by)
                records.append(
                    ImageRecord(path, part_maps.get(path.stem), int(person.name), seen_by, outfit, int(match[2]))
                )
            elif path.suffix.lower() in {".jpg", ".jpeg"}:
                self.skipped.append(Skipped(path, "a JPEG whose name does not follow PRCC's"))
        return sorted(records, key=lambda record: (record.camera, record.frame, record.image.name))

    def _part_maps(self, person: Path) -> dict[str, Path]:
        """Return a person's part maps by the stem of their image; palette PNGs before soft masks."""
        inside = person.relative_to(self.root / self.modality)
        found: dict[str, Path] = {}
        for tree, suffix in (("mask_6", ".npy"), ("parts", ".png")):
            folder = self.root / tree / inside
            if folder.is_dir():
                found |= {path.stem: path for path in folder.iterdir() if path.suffix == suffix}
        return found


def _require(root: Path, folder: Path) -> None:
    if folder.is_dir():
        return
    if folder.is_relative_to(root / "sketch") and (root / "rgb" / folder.relative_to(root / "sketch")).is_dir():
        raise MissingFolderError(
            f"{root} has no contour sketches, there is no folder {folder}: draw them with "
            f"`ccreid sketch {root / 'rgb'} {root / 'sketch'}`"
        )
    missing = "it does not exist" if folder == root else f"there is no folder {folder}"
    inner = [path.parent for path in root.glob("*/rgb")] if root.is_dir() else []
    if (root / "train").is_dir() and root.name == "rgb":
        advice = f"give the folder above, {root.parent}"
    elif inner:
        advice = f"give {inner[0]}"
    else:
        advice = "give the folder that holds rgb/train and rgb/test, or make one with `ccreid render`"
    raise MissingFolderError(f"{root} is not laid out like PRCC, {missing}: {advice}")
