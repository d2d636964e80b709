"""Makes tiny data sets in LTCC's layout."""

from pathlib import Path

from datasets.made_person import write_person


def make_ltcc(root: Path, train_identities: int = 4, parts: bool = True) -> Path:
    """Write a data set and return its root.

    Identities 90 and 91 of the test set change between two outfits; 92 never does. Cameras 1 and 10 see each outfit,
    and camera 1 sees 90's outfits again in the gallery, where queries are dropped that share camera or outfit with it.
    """
    for identity in range(train_identities):
        for outfit in (1, 2):
            for camera in (1, 10):
                write_person(
                    root, f"train/{identity:03d}_{outfit}_c{camera}_{1000 * outfit:06d}.png", identity, outfit, parts
                )
    for identity, outfits in ((90, (1, 2)), (91, (1, 2)), (92, (1,))):
        for outfit in outfits:
            write_person(root, f"query/{identity:03d}_{outfit}_c1_000500.png", identity, outfit, parts)
            write_person(root, f"test/{identity:03d}_{outfit}_c1_000501.png", identity, outfit, parts)
            for frame in (1, 2):
                write_person(root, f"test/{identity:03d}_{outfit}_c10_{frame:06d}.png", identity, outfit, parts)
    for split, changing, unchanging in (("train", range(train_identities), ()), ("test", (90, 91), (92,))):
        for kind, identities in (("change", changing), ("unchange", unchanging)):
            path = root / "info" / f"cloth-{kind}_id_{split}.txt"
            path.parent.mkdir(exist_ok=True)
            path.write_text("".join(f"{identity:03d}\n" for identity in identities))
    return root
