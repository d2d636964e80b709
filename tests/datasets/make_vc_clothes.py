"""Makes tiny data sets in VC-Clothes' layout."""

from pathlib import Path

from datasets.made_person import write_person

OUTFIT_OF_CAMERA = {1: 1, 2: 2, 3: 2, 4: 3}


def make_vc_clothes(root: Path, train_identities: int = 4, test_identities: int = 2, parts: bool = True) -> Path:
    """Write a data set and return its root: cameras 2 and 3 see one outfit, 1 and 4 others."""
    for identity in range(1, train_identities + test_identities + 1):
        for camera, outfit in OUTFIT_OF_CAMERA.items():
            for frame in (1, 2, 3):
                split = "train" if identity <= train_identities else "query" if frame == 1 else "gallery"
                name = f"{identity:04d}-{camera:02d}-{outfit:02d}-{frame:02d}.jpg"
                write_person(root, f"{split}/{name}", identity, outfit, parts)
    return root
