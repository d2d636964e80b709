"""CCVID: tracks of people who change clothes, from the videos of the gait data set FVG."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from ccreid.datasets.people_data_set import ImageFolder, PeopleDataSet, shown
from ccreid.datasets.record import DataSetError, ImageRecord, MissingFolderError, refuse_faults
from ccreid.datasets.retrieval_setting import RetrievalSetting

_LISTS: Final = ("train.txt", "query.txt", "gallery.txt")

_LINE: Final = re.compile(
    r"(?P<folder>(?P<session>[^\s/]+)/[^\s/_]+_(?P<walk>\d+))\s+(?P<identity>\d+)\s+(?P<clothes>\S+)"
)
_LINE_EXAMPLE: Final = "session1/001_01 001 u0_l0_s0_c0_a0"

_FRAMES: Final = ImageFolder("session1/001_01", r"(?P<frame>\d+)", "00001.jpg")

# Walks of the third session, which has cameras of its own, count on from the twelve of the others.
_OTHER_CAMERAS: Final = {"session3": 12}


class _Track(NamedTuple):
    """What a list says of a track."""

    folder: str
    session: str
    camera: str
    identity: int
    clothes: str


class CCVID(PeopleDataSet):
    """Clothes-Changing Video person re-ID (Gu et al., CVPR 2022), of the gait data set FVG (Zhang et al., CVPR 2019).

    2,856 tracks of 226 people, 347,833 images. 75 people, 948 tracks, are for training; of the other 151 people, 834
    tracks are queries and 1,074 the gallery. These numbers are not checked; `ccreid` counts what is on disk.

    A query or an item of the gallery is a track: the mean of its images' features, see `ReIDModel.embed_tracks`. Three
    settings are reported, on the same tracks, as in the code of Gu et al.: `standard` drops matches from the query's
    own camera, `cross` matches in the query's own outfit as well, and `same` those in other outfits instead. FVG names
    no cameras: as in that code the number of the walk stands for one, and session 3's walks for others than those of
    sessions 1 and 2, whose cameras are in fact not the same either.

    Training is on images: a batch has K images of each of P people, whatever tracks they are of. The frames of a track
    are much alike and some 120 in number, so that an epoch is long for what there is to learn: lower `schedule.epochs`.

    From its authors (https://github.com/guxinqian/Simple-CCReID); its readme is said to put it under CC BY-NC-SA 4.0
    and to ask that faces be made unrecognisable wherever images are shown, and was not seen by the authors of this
    reader. Cite both papers above.

    Files and folders under the root::

        train.txt, query.txt, gallery.txt                    lines of <track's folder> <identity> <outfit>
                                                             such as session1/001_01 001 u0_l0_s0_c0_a0
        session1/<person>_<walk>/<frame>.jpg                 such as session1/001_01/00001.jpg
        session2/..., session3/...                           names as in session1
        parts/session1/...                                   part maps: the same folders and names, PNGs

    An outfit's label is unique within its person alone. `ccreid parse data/CCVID data/CCVID/parts --parser NAME` makes
    the part maps.

    Arguments, attributes and errors are those of `PeopleDataSet`; one error lists the tracks that lists name and whose
    images are not there.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as root:
        ...     for number, name in enumerate(("train", "query", "gallery")):
        ...         frame = Path(root, f"session1/00{number}_0{number}/00001.jpg")
        ...         frame.parent.mkdir(parents=True)
        ...         frame.touch()
        ...         line = f"session1/00{number}_0{number} 00{number} u0_l0_s0_c0_a0"
        ...         _ = Path(root, f"{name}.txt").write_text(line)
        ...     data = CCVID(root, "none")
        >>> data.gallery[0].track, data.gallery[0].identity, data.gallery[0].camera, data.gallery[0].clothes
        ('session1/002_02', 2, '2', 'u0_l0_s0_c0_a0')
    """

    name = "ccvid"
    title = "CCVID"
    folders = ()

    @classmethod
    def recognises(cls, root: Path) -> bool:
        """Whether a folder looks like CCVID: its three lists of tracks."""
        return all((root / name).is_file() for name in _LISTS)

    @property
    def settings(self) -> Sequence[RetrievalSetting]:
        """`cross`, `same` and `standard`, on the same tracks."""
        return (
            RetrievalSetting("cross", self.query, self.gallery, clothes="other"),
            RetrievalSetting("same", self.query, self.gallery, clothes="same"),
            RetrievalSetting("standard", self.query, self.gallery),
        )

    def _require_folders(self) -> None:
        if not self.root.is_dir():
            raise MissingFolderError(self._missing(self.root))
        for name in _LISTS:
            if not (self.root / name).is_file():
                raise MissingFolderError(
                    f"{self.root} is not laid out like {self.title}, there is no list {self.root / name}: "
                    f"{self._where_it_may_be()}"
                )

    def _read_folders(self) -> None:
        faults: list[str] = []
        lists = [list(_read_list(self.root / name, faults)) for name in _LISTS]
        listed = [track for tracks in lists for track in tracks]
        self._require_sessions(listed)
        self._tracks = {track.folder: track for track in listed}
        times = Counter(track.folder for track in listed)
        faults += [f"{folder} is listed {count} times" for folder, count in times.items() if count > 1]
        self.train, self.query, self.gallery = (self._frames(tracks, faults) for tracks in lists)
        refuse_faults(self.root, faults)
        for name, records in zip(_LISTS, (self.train, self.query, self.gallery), strict=True):
            if not records:
                raise DataSetError(f"{self.root / name} names no tracks: expected lines such as {_LINE_EXAMPLE}")

    def _require_sessions(self, tracks: Sequence[_Track]) -> None:
        for session in sorted({track.session for track in tracks}):
            folder = self.root / session
            if not folder.is_dir():
                raise MissingFolderError(self._missing(folder))
            if not shown(folder):
                raise DataSetError(
                    f"{folder} holds no images of {self.title}'s: expected names such as 001_01/{_FRAMES.example}"
                )

    def _frames(self, tracks: Sequence[_Track], faults: list[str]) -> list[ImageRecord]:
        found: list[ImageRecord] = []
        for track in sorted(tracks, key=lambda track: (track.identity, track.folder)):
            folder = self.root / track.folder
            frames = list(self._images_in(folder, _FRAMES)) if folder.is_dir() else []
            if not frames:
                faults.append(f"there are no images such as {folder / _FRAMES.example}, whose track is listed")
            found += sorted(frames, key=lambda one: (one.frame, one.image.name))
        return found

    def _record(self, image: Path, parts: Path | None, said: dict[str, str]) -> ImageRecord:
        track = self._tracks[image.parent.relative_to(self.root).as_posix()]
        return ImageRecord(
            image, parts, track.identity, track.camera, track.clothes, int(said["frame"]), track=track.folder
        )

    def _no_part_maps(self) -> str:
        return f"no PNG under {self.root / 'parts' / 'session1'} or another session's"

    def _where_it_may_be(self) -> str:
        inner = [path.parent for path in self.root.glob(f"*/{_LISTS[0]}")] if self.root.is_dir() else []
        return f"give {inner[0]}" if inner else f"give the folder that holds {', '.join(_LISTS)} and the sessions"


def _read_list(path: Path, faults: list[str]) -> Iterator[_Track]:
    """Yield the tracks of a list; what is wrong with other lines is added to the faults."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            faults.append(f"line {number} of {path} is {line!r}, expected such as {_LINE_EXAMPLE}")
            continue
        said = match.groupdict()
        camera = str(int(said["walk"]) + _OTHER_CAMERAS.get(said["session"], 0))
        yield _Track(said["folder"], said["session"], camera, int(said["identity"]), said["clothes"])
