"""A folder of photos, one folder a person: anyone's own photos without a list."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ccreid.datasets.decoding import IMAGE_SUFFIXES
from ccreid.datasets.people_data_set import PeopleDataSet, shown
from ccreid.datasets.record import DataSetError, ImageRecord, Skipped
from ccreid.datasets.retrieval_setting import RetrievalSetting
from ccreid.datasets.split import choose_test_people
from ccreid.datasets.table import known_settings, numbered

# First words of folders that are no people's names but the splits and trees of other layouts.
_NO_PERSON: Final = frozenset(
    {"train", "training", "val", "valid", "validation", "test", "query", "gallery", "probe", "rgb", "parts", "images"}
    | {"session1", "session2", "session3"}
)


class People(PeopleDataSet):
    """Photos in a folder for each person, and if their outfits are known in one for each outfit in it.

    Folders under the root::

        alice/1.jpg                  a photo of alice, in clothes that are not known
        alice/red coat/1.jpg         a photo of alice in one of her outfits
        parts/alice/1.png            part maps: the same names, palette PNGs; may be missing

    The folder's name is the identity. Names that begin with a dot are passed over; what is no image is listed. The
    identities are divided into training and test people, the same on every machine; each test image searches all
    others. `standard` is reported and, where the outfits of all test images are known, `cross` and `same`; see
    `known_settings`. There are no cameras: the image itself alone is dropped from its gallery. To say more of the
    photos, write them as a table with `ccreid convert` and edit it.

    Args:
        root: The folder of the people's folders.
        parts: Whether part maps are looked for; see `PartsMode`.
        test_share: Share of the people that are test people, 0..1; at least one is, and one is not.

    Raises:
        MissingFolderError: The root is missing.
        DataSetError: There are no photos of two people, or part maps are required and no training image has one.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as root:
        ...     for photo in ("alice/red coat/1.jpg", "alice/suit/2.jpg", "bob/suit/1.jpg", "bob/suit/2.jpg"):
        ...         Path(root, photo).parent.mkdir(parents=True, exist_ok=True)
        ...         Path(root, photo).touch()
        ...     data = People(root, "none", test_share=0.5)
        >>> sorted({record.person for record in data.records()}), data.settings[0].name
        (['alice', 'bob'], 'cross')
    """

    name = "people"
    title = "a folder of people"
    folders = ()

    @classmethod
    def recognises(cls, root: Path) -> bool:
        """Whether a folder holds folders of photos, none of which is named as a part of another layout is."""
        if not root.is_dir():
            return False
        people = [path for path in shown(root) if path.is_dir() and path.name != "parts"]
        if any(re.split(r"[-_ ]", path.name.lower())[0] in _NO_PERSON for path in people):
            return False
        return any(_is_image(path) for person in people for path in _two_deep(person))

    @property
    def settings(self) -> Sequence[RetrievalSetting]:
        """`cross` and `same` where the outfits of all test images are known, and `standard`."""
        return known_settings(self.query, self.gallery)

    def _read_folders(self) -> None:
        records = numbered([one for person in self._person_folders(self.root) for one in self._photos(person)])
        people = {record.person for record in records}
        if len(people) < 2:
            raise DataSetError(
                f"{self.root} has photos of {len(people)} people, expected folders of at least two such as "
                "alice/1.jpg and bob/1.jpg"
            )
        chosen = choose_test_people(people, self.test_share)
        self.train = [record for record in records if record.person not in chosen]
        self.query = self.gallery = [record for record in records if record.person in chosen]

    def _person_folders(self, folder: Path) -> list[Path]:
        people = []
        for path in shown(folder):
            if not path.is_dir():
                self.skipped.append(Skipped(path, "a file outside of a person's folder"))
            elif path.name != "parts":
                people.append(path)
        return people

    def _photos(self, person: Path) -> list[ImageRecord]:
        found: list[ImageRecord] = []
        for inside in (person, *(path for path in shown(person) if path.is_dir())):
            clothes = None if inside == person else inside.name
            part_maps = self._part_maps(inside.relative_to(self.root)) if self._with_parts else {}
            for path in shown(inside):
                if _is_image(path):
                    part_map = part_maps.get(path.stem)
                    found.append(ImageRecord(path, part_map, 0, "", clothes, 0, person=person.name))
                elif path.is_dir() and inside != person:
                    self.skipped.append(Skipped(path, "a folder inside of an outfit's"))
                elif path.is_file():
                    self.skipped.append(Skipped(path, "no image by its ending"))
        return found

    def _no_part_maps(self) -> str:
        return f"no PNG under {self.root / 'parts'}"

    def _missing(self, folder: Path) -> str:
        return f"there is no folder {folder}: give the one that holds a folder for each person"


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()


def _two_deep(person: Path) -> list[Path]:
    return [path for inside in (person, *(path for path in shown(person) if path.is_dir())) for path in shown(inside)]
