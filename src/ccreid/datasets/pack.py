"""Packs: a data set's images and part maps, resized once, in one memory-mapped file that batches are sliced from."""

import json
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ccreid.atomic_files import atomic_path, locked, remove_temporary_files_of
from ccreid.datasets.decoding import ImageError
from ccreid.datasets.images import read_pair
from ccreid.datasets.part_maps import PartMapError
from ccreid.datasets.record import ImageRecord, Modality, Skipped
from ccreid.errors import CcreidError
from ccreid.prefetch import prefetch

FORMAT: Final = "ccreid-pack-1"

# The header is one page, so that the pixels begin on a page of their own.
_HEADER: Final = 4096

# Images that are decoded ahead of the one that is written.
_AHEAD: Final = 256

_PLANES: Final = 4  # red, green, blue, parts


class PackError(CcreidError, ValueError):
    """A pack cannot be read or written; the message names the file and what to do."""


@dataclass(frozen=True)
class WrittenPack:
    """What packing left.

    Attributes:
        path: The pack.
        count: Images in it.
        skipped: Broken images and part maps, which are not in it.
    """

    path: Path
    count: int
    skipped: Sequence[Skipped]


class Pack:
    """A pack, open for reading; the pixels stay on disk until they are asked for.

    The file is a header, then for each image 4 planes of height x width bytes (red, green, blue, parts), then as JSON
    each source's path below the root, size and time of change, and the part map's.

    Args:
        path: The file.
        root: Folder of the data set that the pack was made from.

    Attributes:
        height: Of the images.
        width: Of the images.

    Raises:
        PackError: The file is missing, damaged or no pack.
    """

    def __init__(self, path: Path, root: Path) -> None:
        header = _read_header(path)
        self.path, self.root = path, root
        self.height: int = header["height"]
        self.width: int = header["width"]
        self._count: int = header["count"]
        with path.open("rb") as file:
            file.seek(header["index"])
            try:
                sources = json.loads(file.read())
            except (ValueError, RecursionError) as error:
                raise PackError(f"{path} is cut off: make it again with `ccreid pack {root}`") from error
        if not isinstance(sources, list) or len(sources) != self._count or not all(map(_is_source, sources)):
            raise PackError(f"{path} does not say which images are in it: make it again with `ccreid pack {root}`")
        self._sources: dict[str, tuple[int, list[Any]]] = {
            source[0]: (row, source[1:]) for row, source in enumerate(sources)
        }
        self._planes = self._open()

    def __len__(self) -> int:
        return self._count

    def __getstate__(self) -> dict[str, Any]:
        # A worker process maps the file itself; a pickled map would carry all its pixels.
        return {name: value for name, value in self.__dict__.items() if name != "_planes"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._planes = self._open()

    def holds_sketches(self) -> bool:
        """Whether the images are contour sketches."""
        return any(source.startswith("sketch/") for source in self._sources)

    def rows(self, records: Sequence[ImageRecord]) -> NDArray[np.int64]:
        """Return the row of each record, -1 where its image or part map has changed since or is not in the pack.

        A warning counts these, if there are any: they must be read from their files.
        """
        rows = self._rows(records)
        missing = int((rows < 0).sum())
        if missing:
            warnings.warn(
                f"{missing} of {len(records)} images are not in the pack {self.path} or were changed after it was "
                f"made, and are read from their files: make it again with `ccreid pack {self.root}`",
                stacklevel=2,
            )
        return rows

    def holds(self, records: Sequence[ImageRecord]) -> NDArray[np.bool_]:
        """Return of each record whether its image and part map are in the pack as they are now."""
        return self._rows(records) >= 0

    def read(self, rows: Sequence[int] | NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Return the images uint8 (B, 3, height, width) and the part maps uint8 (B, height, width) of rows."""
        planes = torch.from_numpy(self._planes[np.asarray(rows)])
        return planes[:, :3], planes[:, 3]

    def _open(self) -> NDArray[np.uint8]:
        shape = (self._count, _PLANES, self.height, self.width)
        # As a plain array: numpy's memory maps carry bookkeeping through every slice.
        return np.asarray(np.memmap(self.path, dtype=np.uint8, mode="r", offset=_HEADER, shape=shape))

    def _rows(self, records: Sequence[ImageRecord]) -> NDArray[np.int64]:
        return np.fromiter(prefetch(self._row, records, _AHEAD), dtype=np.int64, count=len(records))

    def _row(self, record: ImageRecord) -> int:
        found = self._sources.get(_below(record.image, self.root))
        if found is None:
            return -1
        row, (size, changed, parts, parts_size, parts_changed) = found
        fresh = _stamp(record.image) == (size, changed)
        if record.parts is not None:
            fresh = fresh and _below(record.parts, self.root) == parts
            fresh = fresh and _stamp(record.parts) == (parts_size, parts_changed)
        return row if fresh else -1


def default_pack(root: Path, height: int, width: int, modality: Modality = "rgb") -> Path:
    """Return where the pack of a data set is looked for: beside its folder, such as data/prcc.256x128.pack.

    One of sketches has the word in its name, such as data/prcc.sketch.256x128.pack.

    Args:
        root: Folder of the data set.
        height: Of the images, in pixels.
        width: Of the images, in pixels.
        modality: Which images.
    """
    root = root.resolve()
    kind = "" if modality == "rgb" else f".{modality}"
    return root.with_name(f"{root.name}{kind}.{height}x{width}.pack")


def open_pack(root: Path, height: int, width: int, path: Path | None = None, modality: Modality = "rgb") -> Pack | None:
    """Open a data set's pack.

    Args:
        root: Folder of the data set.
        height: That images are asked for in.
        width: That images are asked for in.
        path: The pack; where it is left out, the one beside the root, if there is one.
        modality: Which images are asked for.

    Raises:
        PackError: The pack is missing, damaged or holds images of another size or none of this kind.
    """
    if path is None:
        path = default_pack(root, height, width, modality)
        if not path.is_file():
            return None
    pack = Pack(path, root)
    wanted = f"make one with `ccreid pack {root} --height {height} --width {width} --modality {modality}`"
    if (pack.height, pack.width) != (height, width):
        raise PackError(
            f"{path} holds images of {pack.height}x{pack.width} (height x width) and {height}x{width} are asked for: "
            f"{wanted}"
        )
    if pack.holds_sketches() != (modality == "sketch"):
        raise PackError(f"{path} holds images of another kind than {modality}, which are asked for: {wanted}")
    return pack


def write_pack(path: Path, root: Path, records: Sequence[ImageRecord], height: int, width: int) -> WrittenPack:
    """Read and resize images with their part maps, on all cores, and write them to one file.

    The file appears under its name once it is complete. Broken images and part maps are left out and returned, so
    that whoever asks the pack for them later meets the broken file itself.

    Args:
        path: The file; a pack that is there is replaced.
        root: Folder of the data set, which the sources' paths are kept relative to.
        records: The images.
        height: In pixels.
        width: In pixels.

    Raises:
        PackError: A file that is no pack is in the way, or no image can be read.
        InUseError: Another process writes the pack now.
        WriteError: It cannot be written.
    """
    with locked(path, wait=False):
        # A pack may have gigabytes, and so may what a process that was killed left of it.
        remove_temporary_files_of(path)
        return _write_pack(path, root, records, height, width)


def _write_pack(path: Path, root: Path, records: Sequence[ImageRecord], height: int, width: int) -> WrittenPack:
    if path.exists():
        _read_header(path)
    sources: list[tuple[Any, ...]] = []
    skipped: list[Skipped] = []
    with atomic_path(path) as temporary:
        with temporary.open("wb") as file:
            file.write(bytes(_HEADER))
            for read in prefetch(lambda record: _read(record, root, height, width), records, _AHEAD):
                if isinstance(read, Skipped):
                    skipped.append(read)
                    continue
                source, planes = read
                file.write(planes.data)
                sources.append(source)
            index = file.tell()
            file.write(json.dumps(sources, separators=(",", ":")).encode())
            header = {"format": FORMAT, "height": height, "width": width, "count": len(sources), "index": index}
            file.seek(0)
            file.write(json.dumps(header).encode().ljust(_HEADER - 1) + b"\n")
        if not sources:
            raise PackError(f"none of the {len(records)} images of {root} can be read: {skipped[0].reason}")
    return WrittenPack(path, len(sources), skipped)


def _read(
    record: ImageRecord, root: Path, height: int, width: int
) -> tuple[tuple[Any, ...], NDArray[np.uint8]] | Skipped:
    """Return an entry of the index and the planes (4, height, width)."""
    parts_source = (None, None, None) if record.parts is None else (_below(record.parts, root), *_stamp(record.parts))
    source = (_below(record.image, root), *_stamp(record.image), *parts_source)
    try:
        image, parts = read_pair(record, height, width)
    except ImageError as error:
        return Skipped(record.image, str(error))
    except PartMapError as error:
        return Skipped(record.parts or record.image, str(error))
    return source, torch.cat([image, parts[None]]).numpy()


def _is_source(source: Any) -> bool:
    """Whether an entry of the index is what `_read` returns: an image's and a part map's path, size and time."""
    if not isinstance(source, list) or len(source) != 6 or not isinstance(source[0], str):
        return False
    return isinstance(source[3], str | None) and all(isinstance(source[place], int | None) for place in (1, 2, 4, 5))


def _below(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return -1, -1
    return status.st_size, status.st_mtime_ns


def _read_header(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            header = json.loads(file.read(_HEADER))
        sizes = [header[key] for key in ("height", "width", "count", "index")]
        if (
            header["format"] == FORMAT
            and all(type(size) is int and size > 0 for size in sizes)
            and header["index"] == _HEADER + _PLANES * math.prod(sizes[:3])
            and path.stat().st_size > header["index"]
        ):
            return dict(header)
    except FileNotFoundError as error:
        raise PackError(f"there is no pack {path}: make it with `ccreid pack`") from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise PackError(f"{path} is no pack of ccreid's: move it away, or give another path") from error
    raise PackError(f"{path} is cut off or of another format: move it away and make it with `ccreid pack`")
