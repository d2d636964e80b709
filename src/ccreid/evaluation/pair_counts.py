"""How similar all pairs of images are, of one person and of different people, counted exactly in bounded memory.

A similarity is taken as a whole number of steps of 2^-24, float32's own next to 1. All pairs are gone through twice, in
blocks of the matrix product: once to count how many are in each of 65,537 bins of 512 steps, and once, where the value
at a place in the order is asked for, to count the single steps of the bins that these places are in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ccreid.datasets.record import ImageRecord
from ccreid.errors import BadValueError
from ccreid.models.calibration import CLOTHES

STEPS: Final = 1 << 24
"""Steps of a similarity between 0 and 1; that of -1 is step 0."""

LOW: Final = 9
"""Bits of a step within its bin."""

BINS: Final = (2 * STEPS >> LOW) + 1

KINDS: Final = ("different", *CLOTHES)
"""What a pair is of: different people, or one person by what the two images wear. Counts are in this order."""

# Pairs that are compared at a time: some 200 MB with all that is reckoned of them.
_BLOCK: Final = 1 << 22

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Labelled:
    """Features of N images with what is known of them; "" where it is not.

    Attributes:
        features: float32 (N, D), of length 1.
        identities: (N,) text; all are known.
        clothes: (N,) text: the outfit, which is compared within a person.
        cameras: (N,) text.
        tracks: (N,) text: the track, which is compared within a person.
        asked: float32 (N, D), what each image searches the others' features by, where that is another; zero where it
            searches for nobody. None where it is the feature.
    """

    features: NDArray[np.float32]
    identities: NDArray[np.str_]
    clothes: NDArray[np.str_]
    cameras: NDArray[np.str_]
    tracks: NDArray[np.str_]
    asked: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.features)

    @classmethod
    def of(cls, features: NDArray[np.floating], labels: Sequence[Sequence[str]]) -> Self:
        """Return the images of which there is a feature and whose person is known.

        Args:
            features: (N, D); zero where nothing was found in an image.
            labels: Identity, clothes, camera and track of each.
        """
        said = np.array([*labels], dtype=np.str_).reshape(len(labels), 4)
        chosen = (said[:, 0] != "") & features.any(axis=1)
        exact = features[chosen].astype(np.float32)
        exact /= np.linalg.norm(exact, axis=1, keepdims=True)
        return cls(exact, *said[chosen].T)

    @classmethod
    def of_records(cls, features: NDArray[np.floating], records: Sequence[ImageRecord]) -> Self:
        """Return the images of a data set as `of` does.

        Args:
            features: (N, D) in the records' order.
            records: The images; one of no person, as distractors are, has the identity 0 and no name.
        """
        return cls.of(
            features,
            [
                (
                    record.who if record.person or record.identity else "",
                    "" if record.clothes is None else str(record.clothes),
                    record.camera,
                    record.track or "",
                )
                for record in records
            ],
        )

    def take(self, indices: NDArray[np.intp]) -> "Labelled":
        """Return the images with these indices, in their order."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        taken: dict[str, Any] = {name: None if one is None else one[indices] for name, one in columns.items()}
        return Labelled(**taken)


class PairBlock(NamedTuple):
    """Some pairs, each once; both ways where an image is searched by something else than its feature.

    Attributes:
        different: int32 (n,), steps of the pairs of different people.
        people: int32 (2, n), which image each of these is of.
        same: int32 (m,), steps of the pairs of one person.
        kinds: int8 (m,), of these, by `KINDS`.
        person: int32 (m,), the first image of each of these.
    """

    different: NDArray[np.int32]
    people: NDArray[np.int32]
    same: NDArray[np.int32]
    kinds: NDArray[np.int8]
    person: NDArray[np.int32]


def pair_blocks(images: Labelled, block: int = _BLOCK) -> Iterator[PairBlock]:
    """Yield all pairs of images that count.

    Two images of one person count where they can be told from two frames of one walk: where they are known to be in
    other clothes, or not known to be of one camera or of one track.

    Args:
        images: Of one set; images of two sets are never compared.
        block: Pairs that are compared at a time.
    """
    count = len(images)
    identities, clothes, cameras, tracks = (
        _numbers(column) for column in (images.identities, images.clothes, images.cameras, images.tracks)
    )
    step = max(1, block // max(count, 1))
    for start in range(0, count, step):
        rows = np.arange(start, min(start + step, count))
        if images.asked is None:
            columns = np.arange(start, count)
            steps = to_steps(images.features[rows] @ images.features[columns].T)
            paired = columns[None] > rows[:, None]
        else:
            columns = np.arange(count)
            steps = to_steps(images.asked[rows] @ images.features.T)
            paired = (columns[None] != rows[:, None]) & np.any(images.asked[rows], axis=1, keepdims=True)
        same = identities[rows][:, None] == identities[columns][None]
        one, other = np.nonzero(paired & ~same)
        different, people = steps[one, other], np.stack([one, other]).astype(np.int32)
        people += np.array([[start], [columns[0]]], dtype=np.int32)
        one, other = np.nonzero(paired & same)
        values = steps[one, other]
        one, other = rows[one], columns[other]
        known = (clothes[one] > 0) & (clothes[other] > 0)
        across = known & (clothes[one] != clothes[other])
        alike = ((cameras[one] > 0) & (cameras[one] == cameras[other])) | (
            (tracks[one] > 0) & (tracks[one] == tracks[other])
        )
        kinds = np.where(across, KINDS.index("across"), KINDS.index("within"))
        kinds[~known] = KINDS.index("unknown")
        counted = across | ~alike
        yield PairBlock(
            different,
            people,
            values[counted],
            kinds[counted].astype(np.int8),
            one[counted].astype(np.int32),
        )


def count_pairs(sets: Sequence[Labelled]) -> Counts:
    """Return how many pairs of each kind are in each bin, int64 (kinds, BINS); errors are those of `require_pairs`."""
    counts = np.zeros((len(KINDS), BINS), dtype=np.int64)
    for images in sets:
        for pairs in pair_blocks(images):
            for kind, steps in _by_kind(pairs):
                counts[kind] += np.bincount(steps >> LOW, minlength=BINS)
    require_pairs(counts)
    return counts


def count_steps(sets: Sequence[Labelled], bins: Sequence[int]) -> dict[int, Counts]:
    """Return how many pairs of each kind are at each step of some bins, int64 (kinds, 512) for each bin.

    Args:
        sets: As of `count_pairs`.
        bins: Few.
    """
    found = {one: np.zeros((len(KINDS), 1 << LOW), dtype=np.int64) for one in bins}
    for images in sets:
        for pairs in pair_blocks(images):
            for kind, steps in _by_kind(pairs):
                for one, counts in found.items():
                    inside = steps[steps >> LOW == one] & ((1 << LOW) - 1)
                    counts[kind] += np.bincount(inside, minlength=1 << LOW)
    return found


def require_pairs(counts: Counts) -> None:
    """Refuse counts from which nothing can be said.

    Raises:
        BadValueError: There is no pair of one person, or none of different people.
    """
    of_kind = counts.sum(axis=1)
    if not of_kind[0]:
        raise BadValueError("no two images are of different people: give features with the identities of two or more")
    if not of_kind[1:].any():
        raise BadValueError(
            "no two images are of one person, of two cameras or in two outfits: give features of people who are seen "
            "more than once"
        )


def to_steps(similarities: NDArray[np.float32]) -> NDArray[np.int32]:
    """Return the steps of similarities, whole numbers from 0 for -1 to 2^25 for 1."""
    steps: NDArray[np.int32] = np.floor(similarities * np.float32(STEPS)).astype(np.int32)
    steps += STEPS
    np.clip(steps, 0, 2 * STEPS, out=steps)
    return steps


def of_step(step: int) -> float:
    """Return the similarity of a step; one is at it or above exactly where its own step is.

    >>> of_step(0), of_step(3 * 2**23)
    (-1.0, 0.5)
    """
    return step / STEPS - 1


def _by_kind(pairs: PairBlock) -> Iterator[tuple[int, NDArray[np.int32]]]:
    yield 0, pairs.different
    for kind in range(1, len(KINDS)):
        yield kind, pairs.same[pairs.kinds == kind]


def _numbers(column: NDArray[np.str_]) -> NDArray[np.int32]:
    """Return a number for each text of a column, 0 for "" and for it alone."""
    known, numbers = np.unique(column, return_inverse=True)
    return (numbers + (0 if len(known) and known[0] == "" else 1)).astype(np.int32)
