"""`ccreid render OUT`: writes the Wardrobe data set."""

from pathlib import Path
from typing import Literal

from ccreid.app.arguments import CommandParser, Run

EXAMPLES = (
    "ccreid render data/wardrobe",
    "ccreid render data/wardrobe-221 --preset 221 --workers 16",
    "ccreid render data/three-outfits --outfits 3 --seed 7",
    "ccreid render data/crowd --people 1000 --outfits 4 --images-per-walk 3",
)


def configure(parser: CommandParser) -> Run:
    """Give the command's arguments; return what it does."""
    return parser.add_function(render, EXAMPLES)


def render(
    out: Path,
    preset: Literal["mini", "221"] = "mini",
    seed: int = 0,
    workers: int | None = None,
    outfits: int = 2,
    people: int | None = None,
    images_per_walk: int = 2,
    height: int = 256,
    width: int = 128,
) -> int:
    """Render Wardrobe: people who change clothes, in PRCC's layout, with exact part maps.

    An interrupted rendering goes on where it stopped when the command is given again.

    Args:
        out: Folder to write; new, empty, or of an interrupted rendering with the same settings.
        preset: mini renders in about a minute; 221 has PRCC's 150 + 71 identities and image counts.
        seed: The same seed gives the same files, byte for byte.
        workers: Processes; all cores where it is left out.
        outfits: Of each person; a preset's cameras A and B see the first, camera C the others.
        people: In place of a preset, this many people in varied places, lights and clothes, each in all outfits.
        images_per_walk: With --people: of each of two walks that a person takes in each outfit.
        height: With --people: of the images, in pixels.
        width: With --people: in pixels.
    """
    from ccreid.wardrobe.crowd import Crowd
    from ccreid.wardrobe.presets import PRESETS
    from ccreid.wardrobe.render import render_crowd, render_wardrobe

    if people is None:
        report = render_wardrobe(out, PRESETS[preset], seed=seed, workers=workers, outfits=outfits)
    else:
        crowd = Crowd(people, outfits, images_per_walk, height, width)
        report = render_crowd(out, crowd, seed=seed, workers=workers)
    print(report)
    return 0
