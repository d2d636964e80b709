"""Makes folders and tables of photos as people have them."""

from pathlib import Path

from datasets.made_person import write_person

OUTFITS = ("red coat", "suit")


def make_people(root: Path, people: tuple[str, ...] = ("alice", "bob", "carla", "dinh"), outfits: bool = True) -> Path:
    """Write two photos of each person in each of two outfits, in folders, and return the root."""
    for number, person in enumerate(people):
        for outfit, name in enumerate(OUTFITS):
            for photo in (1, 2):
                inside = f"{person}/{name}/{photo}.jpg" if outfits else f"{person}/{outfit}{photo}.jpg"
                write_person(root, inside, number, outfit)
    return root


def make_table(root: Path, columns: str = "path,identity,camera,clothes,split,parts", people: int = 4) -> Path:
    """Write a table of four photos a person, two outfits before two cameras, half of the people for testing."""
    rows = [columns]
    for number in range(people):
        for outfit in (0, 1):
            for camera in ("north", "south"):
                path = f"photos/{number}_{outfit}_{camera}.png"
                write_person(root, path, number, outfit)
                said = {
                    "path": path,
                    "identity": f"person {number}",
                    "camera": camera,
                    "clothes": str(outfit),
                    "split": "train" if number % 2 else "query" if camera == "north" else "gallery",
                    "parts": f"parts/{path}",
                }
                rows.append(",".join(said[column] for column in columns.split(",")))
    (root / "images.csv").write_text("\n".join(rows) + "\n")
    return root


def make_tracks(root: Path, columns: str = "path,identity,camera,clothes,track,split", people: int = 4) -> Path:
    """Write a table of three frames a track, one track of each of two outfits before each of two cameras.

    Half of the people are for testing, and of these each track looks for all others.
    """
    rows = [columns]
    for number in range(people):
        for outfit in (0, 1):
            for camera in ("north", "south"):
                for frame in range(3):
                    path = f"tracks/{number}_{outfit}_{camera}/{frame}.png"
                    write_person(root, path, number, outfit, parts=False)
                    said = {
                        "path": path,
                        "identity": f"person {number}",
                        "camera": camera,
                        "clothes": str(outfit),
                        "track": f"{number}_{outfit}_{camera}",
                        "split": "train" if number % 2 else "test",
                    }
                    rows.append(",".join(said[column] for column in columns.split(",")))
    (root / "images.csv").write_text("\n".join(rows) + "\n")
    return root
