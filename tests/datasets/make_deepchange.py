"""Makes tiny data sets in DeepChange's layout."""

from pathlib import Path

from datasets.made_person import write_person


def make_deepchange(root: Path, train_identities: int = 4, test_identities: int = 2, parts: bool = True) -> Path:
    """Write a data set and return its root.

    Each person walks past camera 13 on two days and past camera 2 on one, a tracklet each; the query is the first image
    of the first walk, whose other images are in the gallery.
    """
    lists: dict[str, list[str]] = {"train-set": [], "test-set-query": [], "test-set-gallery": []}
    tracklet = 0
    for identity in range(1, train_identities + test_identities + 1):
        for camera, day in ((13, 20200813), (13, 20201101), (2, 20201101)):
            tracklet += 1
            for frame in range(3):
                is_query = camera == 13 and day == 20200813 and frame == 0
                split = (
                    "train-set" if identity <= train_identities else f"test-set-{'query' if is_query else 'gallery'}"
                )
                name = f"p{identity:04d}_c{camera:02d}_{day}_154757_{frame:06d}_bbox.jpg"
                write_person(root, f"{split}/{name}", identity, day, parts)
                lists[split].append(f"{name},{tracklet}")
    for split, lines in lists.items():
        (root / f"{split}-bbox.txt").write_text("\n".join(lines) + "\n")
    return root
