"""PRCC and everything laid out like it, Wardrobe included: people who change clothes under three cameras."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ccreid.datasets.people_data_set import ImageFolder, PeopleDataSet
from ccreid.datasets.record import DataSetError, ImageRecord, Modality, PartsMode, Skipped
from ccreid.datasets.retrieval_setting import RetrievalSetting
from ccreid.datasets.wardrobe_file import TRUTH_FILE, read_outfits

_TRAINING_NAMES: Final = r"(?P<camera>[A-Z])_cropped_rgb(?P<frame>\d+)"
_TRAINING_EXAMPLE: Final = "<identity>/<camera>_cropped_rgb<nnn>.jpg"
_TEST_NAMES: Final = r"cropped_rgb(?P<frame>\d+)"
_TEST_EXAMPLE: Final = "<identity>/cropped_rgb<nnn>.jpg"

# Camera C sees other clothes than A and B; what more cameras see, and which of several outfits, wardrobe.json says.
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
    Hidden files are passed over; whatever else is no image of the layout's is left out and listed. No image is opened;
    `verify` does that.

    Args:
        root: The folder that holds rgb/.
        parts: Whether part maps are looked for; see `PartsMode`. Test images and rgb/val need none.
        modality: "sketch" reads the images under sketch/ in the place of those under rgb/.

    Attributes:
        name: `wardrobe` for a rendered data set, `prcc` for any other in this layout.
        modality: Which images are read.
        val: More images of the training identities.
        gallery: Camera A's test images.
        query: Camera B's and camera C's test images.
        query_same: Camera B's, in the gallery's clothes.
        query_cross: Camera C's, in other clothes.

    Raises:
        MissingFolderError: The root, rgb/train or a camera's test folder is missing; or the like of them in sketch/.
        DataSetError: A folder holds no images, or part maps are required and there are none.

    Example:
        >>> PRCC.folders[0].match("A_cropped_rgb001.jpg").groupdict()
        {'camera': 'A', 'frame': '001'}
    """

    name = "prcc"
    title = "PRCC"
    images = "rgb"
    folders = (
        ImageFolder("train", _TRAINING_NAMES, _TRAINING_EXAMPLE, by_person=True),
        *(ImageFolder(f"test/{camera}", _TEST_NAMES, _TEST_EXAMPLE, by_person=True) for camera in "ABC"),
    )

    def __init__(self, root: str | Path, parts: PartsMode = "required", modality: Modality = "rgb") -> None:
        self.modality: Modality = modality
        self._outfits = read_outfits(Path(root))
        super().__init__(root, parts)
        if (self.root / TRUTH_FILE).is_file():
            self.name = "wardrobe"

    @classmethod
    def recognises(cls, root: Path) -> bool:
        """Whether a folder looks like PRCC."""
        return (root / "rgb" / "train").is_dir() or (root / "rgb" / "test").is_dir()

    @property
    def settings(self) -> Sequence[RetrievalSetting]:
        """`cross`, camera C's queries in camera A's gallery, and `same`, camera B's; single-shot too."""
        return (
            RetrievalSetting("cross", self.query_cross, self.gallery, clothes="other", single_shot=True),
            RetrievalSetting("same", self.query_same, self.gallery, single_shot=True),
        )

    def records(self) -> list[ImageRecord]:
        """Return all images of the data set, rgb/val's too."""
        return [*self.train, *self.val, *self.gallery, *self.query]

    def held_out_setting(self, records: Sequence[ImageRecord]) -> RetrievalSetting:
        """Return how held-out training images are searched: camera C's search camera A's, as the test set's do.

        With more cameras than PRCC's three all images search each other across outfits and cameras.

        Raises:
            DataSetError: There are no images of camera A or of camera C, or none has a match.
        """
        if {record.camera for record in records} - set(_OUTFIT_OF_CAMERA):
            return super().held_out_setting(records)
        gallery = [record for record in records if record.camera == "A"]
        query = [record for record in records if record.camera == "C"]
        if not gallery or not query:
            raise DataSetError(
                "the held-out training identities have no images of both camera A and camera C: "
                "set selection.held_out 0 to take the last epoch"
            )
        return RetrievalSetting("cross", query, gallery, clothes="other")

    def left_out(self) -> str:
        """Return how many files were left out and why, in one line, images of rgb/val among them; "" where none was."""
        said = super().left_out()
        if not self.val:
            return said
        val = f"{len(self.val)} of val, on which nothing is trained or tested"
        return f"{said}; {val}" if said else f"left out images of {self.root}: {val}"

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

    @property
    def _tree(self) -> Path:
        return self.root / self.modality

    def _read_folders(self) -> None:
        train, *test = self.folders
        val = ImageFolder("val", _TRAINING_NAMES, _TRAINING_EXAMPLE, by_person=True)
        self.train = self._read(train)
        self.val = self._find(val) if (self._tree / val.path).is_dir() else []
        self.gallery, self.query_same, self.query_cross = (self._read(folder) for folder in test)
        self.query = [*self.query_same, *self.query_cross]

    def _person_folders(self, folder: Path) -> list[Path]:
        people = super()._person_folders(folder)
        strangers = [path for path in people if not path.name.isdecimal()]
        self.skipped += [Skipped(path, "a folder whose name is no identity number") for path in strangers]
        return sorted((path for path in people if path.name.isdecimal()), key=lambda path: int(path.name))

    def _record(self, image: Path, parts: Path | None, said: dict[str, str]) -> ImageRecord:
        person = image.parent
        camera = said.get("camera", person.parent.name).upper()
        outfit = self._outfits.get(image.relative_to(self._tree).as_posix(), _OUTFIT_OF_CAMERA.get(camera))
        return ImageRecord(image, parts, int(person.name), camera, outfit, int(said["frame"]))

    def _part_maps(self, inside: Path) -> dict[str, Path]:
        """Return palette PNGs before soft masks."""
        folder = self.root / "mask_6" / inside
        masks = {path.stem: path for path in folder.iterdir() if path.suffix == ".npy"} if folder.is_dir() else {}
        return masks | super()._part_maps(inside)

    def _no_part_maps(self) -> str:
        pngs, masks = (self.root / tree / "train" for tree in ("parts", "mask_6"))
        return f"neither a PNG under {pngs} nor a soft mask under {masks}"

    def _empty(self, folder: ImageFolder) -> str:
        return f"{self._tree / folder.path} holds no images: expected {folder.example}"

    def _missing(self, folder: Path) -> str:
        sketches, photos = self.root / "sketch", self.root / "rgb"
        if folder.is_relative_to(sketches) and (photos / folder.relative_to(sketches)).is_dir():
            return (
                f"{self.root} has no contour sketches, there is no folder {folder}: draw them with "
                f"`ccreid sketch {photos} {sketches}`"
            )
        return super()._missing(folder)

    def _where_it_may_be(self) -> str:
        if (self.root / "train").is_dir() and self.root.name == "rgb":
            return f"give the folder above, {self.root.parent}"
        inner = [path.parent for path in self.root.glob("*/rgb")] if self.root.is_dir() else []
        if inner:
            return f"give {inner[0]}"
        return "give the folder that holds rgb/train and rgb/test, or make one with `ccreid render`"
