"""Makes tiny data sets in Market-1501's layout."""

from pathlib import Path

from datasets.made_person import write_person


def make_market1501(root: Path, train_identities: int = 4, test_identities: int = 2, parts: bool = True) -> Path:
    """Write a data set and return its root, with two distractors and two boxes of junk in the gallery."""
    for identity in range(1, train_identities + test_identities + 1):
        for camera in (1, 2, 3):
            for frame in (151, 226):
                name = f"{identity:04d}_c{camera}s1_{frame:06d}_01.jpg"
                folder = "bounding_box_train" if identity <= train_identities else "bounding_box_test"
                write_person(root, f"{folder}/{name}", identity, 1, parts)
        if identity > train_identities:
            write_person(root, f"query/{identity:04d}_c1s1_000301_00.jpg", identity, 1, parts)
    for name in ("0000_c1s1_000151_01", "0000_c2s2_000151_02", "-1_c1s1_000401_03", "-1_c6s3_000451_04"):
        write_person(root, f"bounding_box_test/{name}.jpg", int(name.split("_")[0]), 1, parts)
    return root
