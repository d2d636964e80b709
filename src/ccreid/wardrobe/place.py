"""Where people walk: rooms, corridors and yards made of a floor, walls and things that stand around."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ccreid.wardrobe import texture
from ccreid.wardrobe.colours import Colour, colour_from, linear, shade

PlaceKind = Literal["corridor", "hall", "yard"]


@dataclass(frozen=True)
class Thing:
    """An upright rectangle that faces the camera: a door, a window, a poster, a bench, a plant, a pillar.

    Attributes:
        distance: From the camera in metres.
        left: Left edge in metres from the camera's axis.
        right: Right edge.
        bottom: Lower edge in metres above the floor.
        top: Upper edge.
        colour: sRGB.
        frame: sRGB of its border.
        surface: A surface of `ccreid.wardrobe.texture`.
    """

    distance: float
    left: float
    right: float
    bottom: float
    top: float
    colour: Colour
    frame: Colour
    surface: int


@dataclass(frozen=True)
class Place:
    """A floor, a back wall, side walls where it is a corridor, and things.

    Attributes:
        kind: What it is.
        depth: Distance of the back wall from the camera in metres.
        half_width: Distance of the side walls from the camera's axis; a yard's are out of sight.
        floor: Surface, size, and two colours of the floor.
        wall: Surface, size, and two colours of the walls.
        skirting: Height in metres of a band of another colour at the foot of the walls.
        skirting_colour: sRGB of the band.
        things: Nearest last.
    """

    kind: PlaceKind
    depth: float
    half_width: float
    floor: tuple[int, float, Colour, Colour]
    wall: tuple[int, float, Colour, Colour]
    skirting: float
    skirting_colour: Colour
    things: tuple[Thing, ...]


def sample_place(rng: np.random.Generator) -> Place:
    """Draw a place."""
    kind: PlaceKind = ("corridor", "hall", "yard")[int(rng.choice(3, p=[0.4, 0.4, 0.2]))]
    depth = float(rng.uniform(12, 20) if kind == "corridor" else rng.uniform(10.5, 15))
    half_width = float(rng.uniform(1.9, 2.8)) if kind == "corridor" else 40.0
    if kind == "yard":
        floor = (int(rng.choice([texture.SPECKLE, texture.TILES])), 0.8, _grey(rng, 0.35, 0.62), _grey(rng, 0.25, 0.4))
        wall_kind = int(rng.choice([texture.LEAVES, texture.BRICKS]))
    else:
        floor_kind = int(rng.choice([texture.TILES, texture.PLANKS, texture.SPECKLE, texture.PLAIN]))
        ground = _grey(rng, 0.35, 0.75) if floor_kind != texture.PLANKS else _wood(rng)
        floor = (floor_kind, float(rng.uniform(0.3, 0.7)), ground, shade(ground, 0.6))
        wall_kind = int(rng.choice([texture.PLAIN, texture.PLAIN, texture.PANELS, texture.BRICKS, texture.TILES]))
    leaves = wall_kind == texture.LEAVES
    paint = colour_from(float(rng.uniform(0.22, 0.36)), 0.45, float(rng.uniform(0.2, 0.42))) if leaves else _paint(rng)
    accent = colour_from(float(rng.uniform(0.16, 0.3)), 0.5, 0.6) if leaves else shade(paint, 0.75)
    if wall_kind == texture.BRICKS and rng.random() < 0.6:
        paint = colour_from(float(rng.uniform(0.01, 0.06)), float(rng.uniform(0.3, 0.55)), float(rng.uniform(0.4, 0.6)))
        accent = _grey(rng, 0.55, 0.7)
    size = {texture.BRICKS: 0.26, texture.PANELS: 1.1, texture.TILES: 0.4}.get(wall_kind, 0.5)
    return Place(
        kind=kind,
        depth=depth,
        half_width=half_width,
        floor=floor,
        wall=(wall_kind, size, paint, accent),
        skirting=0.0 if leaves else float(rng.choice([0.1, 0.15, 1.0])),
        skirting_colour=_paint(rng, darker=0.5),
        things=_sample_things(rng, kind, depth, half_width),
    )


def place_tables(place: Place) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the arrays that `draw_background` reads, in linear light: the room (22,) and its things (N, 12)."""
    room = [place.depth, place.half_width]
    for kind, size, ground, accent in (place.floor, place.wall):
        room += [float(kind), size, *linear(ground), *linear(accent)]
    room += [place.skirting, *linear(place.skirting_colour)]
    things = [
        [t.distance, t.left, t.right, t.bottom, t.top, *linear(t.colour), *linear(t.frame), float(t.surface)]
        for t in place.things
    ]
    return np.array(room), np.array(things).reshape(-1, 12)


def _sample_things(rng: np.random.Generator, kind: PlaceKind, depth: float, half_width: float) -> tuple[Thing, ...]:
    things: list[Thing] = []
    reach = min(half_width, 6.0)
    # On the back wall: doors, windows, posters, side by side.
    x = -reach + float(rng.uniform(0, 1.5))
    while x < reach - 0.7:
        choice = int(rng.integers(3))
        wide = float((rng.uniform(0.9, 1.1), rng.uniform(1.2, 2.2), rng.uniform(0.5, 1.0))[choice])
        bottom, top = ((0.0, 2.1), (0.95, 2.3), (1.1, 2.0))[choice]
        colour = (_wood(rng), (0.66, 0.74, 0.8), colour_from(float(rng.random()), 0.45, 0.75))[choice]
        frame: Colour = (_grey(rng, 0.3, 0.5), _grey(rng, 0.75, 0.92), _grey(rng, 0.85, 0.95))[choice]
        things.append(Thing(depth - 0.02, x, x + wide, bottom, top, colour, frame, texture.PLAIN))
        x += wide + float(rng.uniform(0.4, 2.4))
    # Standing on the floor behind the people, far ones first.
    for distance in sorted(rng.uniform(9.3, depth - 0.4, int(rng.integers(1, 4))).tolist(), reverse=True):
        left = float(rng.uniform(-reach, reach - 0.8))
        choice = int(rng.integers(4))
        if choice == 0:  # bench
            shape = (left, left + float(rng.uniform(1.2, 1.8)), 0.0, 0.45, _wood(rng), texture.PLANKS)
        elif choice == 1:  # plant
            green = colour_from(float(rng.uniform(0.22, 0.38)), 0.5, 0.4)
            shape = (
                left,
                left + float(rng.uniform(0.6, 1.0)),
                0.0,
                float(rng.uniform(0.9, 1.7)),
                green,
                texture.LEAVES,
            )
        elif choice == 2:  # cabinet
            shape = (left, left + 0.9, 0.0, float(rng.uniform(0.8, 1.6)), _grey(rng, 0.4, 0.8), texture.PANELS)
        else:  # pillar
            shape = (left, left + float(rng.uniform(0.3, 0.5)), 0.0, 3.5, _paint(rng), texture.PLAIN)
        x0, x1, bottom, top, colour, surface = shape
        things.append(Thing(distance, x0, x1, bottom, top, colour, shade(colour, 0.7), surface))
    return tuple(things)


def _grey(rng: np.random.Generator, darkest: float, lightest: float) -> Colour:
    return colour_from(float(rng.random()), float(rng.uniform(0, 0.09)), float(rng.uniform(darkest, lightest)))


def _wood(rng: np.random.Generator) -> Colour:
    return colour_from(float(rng.uniform(0.05, 0.1)), float(rng.uniform(0.3, 0.55)), float(rng.uniform(0.35, 0.7)))


def _paint(rng: np.random.Generator, darker: float = 1.0) -> Colour:
    value = float(rng.uniform(0.6, 0.92)) * darker
    return colour_from(float(rng.random()), float(rng.uniform(0.02, 0.22)), value)
