"""`ccreid render OUT`: writes the Wardrobe data set."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from ccreid.app.arguments import CommandParser, Run
from ccreid.errors import BadValueError

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
    images_per_walk: int | None = None,
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
        people: In place of a preset: so many people, a fifth of them for testing but at most 100, in varied clothes,
            places, lights and poses; the others walk in each outfit past two of six cameras.
        images_per_walk: With --people: images of each walk, of which a person takes two in each outfit (2).
        height: Of the images, in pixels.
        width: Of the images, in pixels.
    """
    from ccreid.wardrobe.crowd import Crowd
    from ccreid.wardrobe.presets import PRESETS
    from ccreid.wardrobe.render import render_crowd, render_wardrobe

    if people is not None:
        if preset != "mini":
            raise BadValueError(f"--people {people} and --preset {preset} exclude each other: give one of them")
        crowd = Crowd(people, outfits, 2 if images_per_walk is None else images_per_walk, height, width)
        report = render_crowd(out, crowd, seed=seed, workers=workers)
    else:
        if images_per_walk is not None:
            raise BadValueError(f"--images_per_walk {images_per_walk} needs --people: presets have their own counts")
        sized = replace(PRESETS[preset], height=height, width=width)
        report = render_wardrobe(out, sized, seed=seed, workers=workers, outfits=outfits)
    print(report)
    return 0
