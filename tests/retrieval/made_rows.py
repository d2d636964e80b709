"""Makes entries with features that nobody measured."""

import hashlib

import numpy as np

from ccreid.retrieval.entry import Entry, Rows, unit_length
from ccreid.retrieval.feature_mark import FeatureMark

WIDTH = 8
MARK = FeatureMark("a" * 64, "made", WIDTH, "32x16", "float32")

NAMES = ("alice", "bob \"the\" 'builder'", "carla\\", "dinh' or id != '", "Zoë 猫")


def made_rows(count: int, seed: int = 0) -> Rows:
    """Return entries of five people before three cameras, one a minute; of every seventh no time is known."""
    vectors = unit_length(np.random.default_rng(seed).normal(size=(count, WIDTH)))
    entries = [
        Entry(
            hashlib.sha256(f"{seed} {number}".encode()).hexdigest(),
            f"/photos/{NAMES[number % 5]}/{seed} {number}.jpg",
            NAMES[number % 5],
            f"camera {number % 3}" if number % 4 else "",
            "" if number % 7 == 0 else f"2026-05-01 10:{number % 60:02}",
        )
        for number in range(count)
    ]
    return Rows(entries, vectors)
