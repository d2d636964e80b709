"""Makes tiny data sets in CCVID's layout."""

from pathlib import Path

from datasets.made_person import write_person

# Session, walk, and outfit of each track of a person.
_TRACKS = (("session1", 1, 0), ("session1", 2, 0), ("session1", 3, 1), ("session2", 1, 1), ("session3", 1, 2))


def make_ccvid(root: Path, train_identities: int = 4, test_identities: int = 2, parts: bool = True) -> Path:
    """Write a data set and return its root.

    Each person walks in five tracks, of two to four frames. The first of a test person's is the query; of its gallery
    the second wears the same, and the fourth is before the query's camera.
    """
    lists: dict[str, list[str]] = {"train": [], "query": [], "gallery": []}
    for identity in range(1, train_identities + test_identities + 1):
        for number, (session, walk, outfit) in enumerate(_TRACKS):
            track = f"{session}/{identity:03d}_{walk:02d}"
            for frame in range(1, 3 + number % 3):
                write_person(root, f"{track}/{frame:05d}.jpg", identity, outfit, parts)
            split = "train" if identity <= train_identities else "gallery" if number else "query"
            lists[split].append(f"{track}\t{identity:03d}\tu{outfit}_l{outfit}_s0_c0_a0")
    for split, lines in lists.items():
        (root / f"{split}.txt").write_text("\n".join(lines) + "\n")
    return root
