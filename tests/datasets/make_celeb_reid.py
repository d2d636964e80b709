"""Makes tiny data sets in Celeb-reID's layout."""

from pathlib import Path

from datasets.made_person import write_person


def make_celeb_reid(root: Path, train_identities: int = 4, test_identities: int = 3, parts: bool = True) -> Path:
    """Write a data set and return its root; test identities are counted from 1 again, as in the real one."""
    for identity in range(1, train_identities + 1):
        for number in range(1, 5):
            write_person(root, f"train/{identity}_{number}_0.jpg", identity, number, parts)
    for identity in range(1, test_identities + 1):
        for number in range(1, 13):
            split = "query" if number < 3 else "gallery"
            write_person(root, f"{split}/{identity}_{number}_0.jpg", 100 + identity, number, parts)
    return root
