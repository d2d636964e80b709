"""Skirts, dress skirts and coat tails: cloth that hangs from the hips and is pushed out by the legs in each pose.

At every height the cloth is the convex hull of a hanging ring and of both legs' cross-sections, so it cannot cut a leg.
"""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from ccreid.wardrobe.surface import Floats, Ints, Look, grid_faces

DIRECTIONS = 48


@dataclass(frozen=True)
class Drape:
    """Hanging cloth in the standing pose's coordinates, before the pelvis moves.

    Attributes:
        heights: (R,) of its rings, from the top down.
        centre: (2,) x and y of its axis.
        hang: (R, DIRECTIONS) how far the ring reaches in each direction without legs (support function).
        columns: (C,) angles of its columns; all round, or all but an open front.
        folds: (R, C) metres added to the radius.
        leg_radii: (N,) radius of a leg with what it wears, at even steps from hip to ankle.
        carriers: (R, B) share of each bone in carrying each ring.
        faces: int32 (F, 3).
        look: What it counts as and how it appears.
    """

    heights: NDArray[np.float64]
    centre: NDArray[np.float64]
    hang: NDArray[np.float64]
    columns: NDArray[np.float64]
    folds: NDArray[np.float64]
    leg_radii: NDArray[np.float64]
    carriers: NDArray[np.float64]
    faces: Ints
    look: Look

    @property
    def vertex_count(self) -> int:
        """Number of vertices, R * C."""
        return len(self.heights) * len(self.columns)

    def vertices(self, transforms: NDArray[np.float64], legs: NDArray[np.float64]) -> Floats:
        """Places of the (R * C) vertices.

        Args:
            transforms: (B, 3, 4) of the bones from the standing pose; the first is the pelvis.
            legs: (2, 3, 3) hip, knee and ankle of each leg in the world.
        """
        pelvis = transforms[0]
        local = (legs - pelvis[:, 3]) @ pelvis[:, :3]
        points = _hang(self.heights, self.centre, self.hang, self.columns, self.folds, self.leg_radii, local)
        rings = points.reshape(len(self.heights), -1, 3)
        carried = (self.carriers @ transforms.reshape(len(transforms), 12)).reshape(-1, 3, 4)
        moved = rings @ carried[:, :, :3].transpose(0, 2, 1) + carried[:, None, :, 3]
        return np.asarray(moved.reshape(-1, 3), dtype=np.float32)


def make_drape(
    *,
    around: Floats,
    carried: NDArray[np.floating],
    top: float,
    hem: float,
    flare: float,
    slack: float,
    folds: tuple[int, float, float],
    open_front: float,
    leg_radii: NDArray[np.float64],
    trunk_low: float,
    over: "Drape | None" = None,
    look: Look,
) -> Drape:
    """Cuts hanging cloth.

    Args:
        around: (V, 3) trunk vertices in the standing pose that it lies on.
        carried: (V, B) how much of each bone carries those vertices, legs counted as pelvis.
        top: Height of its upper edge.
        hem: Height of its lower edge.
        flare: Metres that the ring widens per metre below the hips; negative narrows it.
        slack: Metres between the trunk and the cloth.
        folds: Number, depth in metres at the hem and shift in radians of the vertical folds.
        open_front: Half the angle that stays open at the front, 0 for closed.
        leg_radii: As in `Drape`.
        trunk_low: Height below which there is no trunk, only legs.
        over: Hanging cloth that this one is worn over.
        look: What it counts as and how it appears.
    """
    rows = max(6, round((top - hem) / 0.035) + 1)
    heights = np.linspace(top, hem, rows)
    centre = np.array([0.0, float(around[:, 1].min() + around[:, 1].max()) / 2.0])
    directions = np.arange(DIRECTIONS) * (2.0 * np.pi / DIRECTIONS)
    normals = np.stack([np.cos(directions), np.sin(directions)])
    hang = np.empty((rows, DIRECTIONS))
    reach = (around[:, :2] - centre) @ normals
    for row, height in enumerate(heights):
        near = np.abs(around[:, 2] - max(height, trunk_low)) < 0.025
        if near.any():
            hang[row] = reach[near].max(axis=0)
        else:
            hang[row] = hang[row - 1]
        if row:
            falls = min(1.0, 0.5 + max(flare, 0.0))
            hang[row] = np.maximum(hang[row], hang[row - 1] * falls + hang[row] * (1.0 - falls))
    widening = np.maximum(np.maximum.accumulate(heights[:1] - heights) - 0.06, 0.0)
    hang = hang + slack + flare * widening[:, None]
    hang = np.maximum(hang, 0.06)
    if over is not None:
        deepest = over.hang + over.folds.max(axis=1, keepdims=True) + 0.014
        below = [np.interp(-heights, -over.heights, reach) for reach in deepest.T]
        hang = np.maximum(hang, np.stack(below, axis=1))

    columns = np.linspace(-np.pi / 2 + open_front, 1.5 * np.pi - open_front, 64 if open_front > 0 else 65)
    if open_front == 0:
        columns = columns[:-1]
    count, depth, shift = folds
    fall = np.clip((heights[0] - heights) / max(heights[0] - heights[-1], 1e-6), 0.0, 1.0)
    waves = 0.5 + 0.5 * np.sin(count * columns + shift) * np.cos(0.37 * count * columns + 2.0 * shift)
    return Drape(
        heights=heights,
        centre=centre,
        hang=hang,
        columns=columns,
        folds=depth * (fall**1.3)[:, None] * waves[None, :],
        leg_radii=leg_radii,
        carriers=_carriers(around, carried, heights, trunk_low),
        faces=grid_faces(rows, len(columns), closed=open_front == 0),
        look=look,
    )


def _carriers(
    around: Floats, carried: NDArray[np.floating], heights: NDArray[np.float64], trunk_low: float
) -> NDArray[np.float64]:
    """Mean bone shares (R, B) of the trunk at each ring; the pelvis alone where there is no trunk."""
    shares = np.zeros((len(heights), carried.shape[1]))
    for row, height in enumerate(heights):
        near = np.exp(-0.5 * ((around[:, 2] - max(height, trunk_low)) / 0.02) ** 2).astype(np.float64)
        shares[row] = near @ carried / near.sum()
    pelvis = np.zeros(carried.shape[1])
    pelvis[0] = 1.0
    below = np.clip((trunk_low + 0.08 - heights) / 0.08, 0.0, 1.0)[:, None]
    return shares * (1.0 - below) + pelvis * below


@numba.njit(cache=True)
def _hang(
    heights: NDArray[np.float64],
    centre: NDArray[np.float64],
    hang: NDArray[np.float64],
    columns: NDArray[np.float64],
    folds: NDArray[np.float64],
    leg_radii: NDArray[np.float64],
    legs: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Vertices (R * C, 3): the hull of ring and legs at each height, then each column cut to the cloth's own length."""
    rows, count, directions = len(heights), len(columns), hang.shape[1]
    pushed = np.empty((rows, count))
    still = np.empty((rows, count))
    support = np.empty(directions)
    angles = np.arange(directions) * (2.0 * np.pi / directions)
    cosines, sines = np.cos(angles), np.sin(angles)
    for row in range(rows):
        support[:] = hang[row]
        _radii(support, cosines, sines, columns, still[row])
        for leg in range(2):
            _push_by_leg(support, cosines, sines, heights[row], centre, legs[leg], leg_radii)
        _radii(support, cosines, sines, columns, pushed[row])

    step = heights[0] - heights[1]
    for column in range(count):
        for row in range(rows - 2, -1, -1):  # what a leg pushes out takes the cloth above along like a tent
            pushed[row, column] = max(pushed[row, column], pushed[row + 1, column] - 1.1 * step)
        for row in range(1, rows):  # and the cloth below falls from there
            pushed[row, column] = max(pushed[row, column], pushed[row - 1, column] - 0.25 * step)

    points = np.empty((rows * count, 3))
    for column in range(count):
        cosine, sine = np.cos(columns[column]), np.sin(columns[column])
        length = 0.0
        for row in range(1, rows):
            length += np.hypot(step, still[row, column] - still[row - 1, column])
        travelled, row = 0.0, 0
        segment = np.hypot(step, pushed[1, column] - pushed[0, column])
        for place in range(rows):
            wanted = length * place / (rows - 1)
            while row < rows - 2 and travelled + segment < wanted:
                travelled += segment
                row += 1
                segment = np.hypot(step, pushed[row + 1, column] - pushed[row, column])
            share = min((wanted - travelled) / segment, 1.0)
            radius = (
                pushed[row, column] + share * (pushed[row + 1, column] - pushed[row, column]) + folds[place, column]
            )
            index = place * count + column
            points[index, 0] = centre[0] + radius * cosine
            points[index, 1] = centre[1] + radius * sine
            points[index, 2] = heights[row] - share * step
    return points


@numba.njit(cache=True)
def _push_by_leg(
    support: NDArray[np.float64],
    cosines: NDArray[np.float64],
    sines: NDArray[np.float64],
    height: float,
    centre: NDArray[np.float64],
    leg: NDArray[np.float64],
    leg_radii: NDArray[np.float64],
) -> None:
    """Widens a ring's support function to hold a leg's cross-section at a height."""
    steps = len(leg_radii) - 1
    for bone in range(2):
        upper, lower = leg[bone], leg[bone + 1]
        for piece in range(13):  # circles along the bone: a slanted limb leaves a long cut
            share = piece / 12.0
            away = abs(upper[2] + share * (lower[2] - upper[2]) - height)
            at = (bone + share) / 2.0 * steps
            low = min(int(at), steps - 1)
            radius = leg_radii[low] + (at - low) * (leg_radii[low + 1] - leg_radii[low])
            if away >= radius + 0.03:
                continue
            if away > 0.03:
                radius = np.sqrt(max(radius * radius - (away - 0.03) ** 2, 0.0))
            x = upper[0] + share * (lower[0] - upper[0]) - centre[0]
            y = upper[1] + share * (lower[1] - upper[1]) - centre[1]
            for k in range(len(support)):
                support[k] = max(support[k], x * cosines[k] + y * sines[k] + radius)


@numba.njit(cache=True)
def _radii(
    support: NDArray[np.float64],
    cosines: NDArray[np.float64],
    sines: NDArray[np.float64],
    columns: NDArray[np.float64],
    radii: NDArray[np.float64],
) -> None:
    """Distance from the axis to the edge of the convex shape with this support function, for each column."""
    for column in range(len(columns)):
        cosine, sine = np.cos(columns[column]), np.sin(columns[column])
        nearest = 1e9
        for k in range(len(support)):
            facing = cosine * cosines[k] + sine * sines[k]
            if facing > 0.08:
                nearest = min(nearest, support[k] / facing)
        radii[column] = nearest
