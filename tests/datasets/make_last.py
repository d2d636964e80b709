"""Makes tiny data sets in LaST's layout."""

from pathlib import Path

from datasets.made_person import write_person


def make_last(root: Path, train_identities: int = 4, test_identities: int = 2, parts: bool = True) -> Path:
    """Write a data set and return its root, with a validation set that is not to be read."""
    for identity in range(train_identities):
        for outfit in (1, 2):
            for number in (1, 2):
                name = f"{identity:06d}_0_{number:04d}_{outfit:02d}.jpg"
                write_person(root, f"train/{identity:06d}/{name}", identity, outfit, parts)
    for split in ("test", "val"):
        for identity in range(train_identities, train_identities + test_identities):
            write_person(root, f"{split}/query/{identity:06d}_0_0001.jpg", identity, 1, parts)
            for number in (2, 3, 4):
                name = f"{identity:06d}_0_{number:04d}.jpg"
                write_person(root, f"{split}/gallery/{identity:06d}/{name}", identity, number, parts)
    return root
