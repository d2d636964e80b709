"""How a person stands and walks: bone rotations for the standing pose and for each phase of the walk cycle.

The joint curves follow the averages of clinical gait analysis (thigh, knee, foot and toe angles over a cycle that
starts with the heel's contact), scaled by the person's own `Gait`.
"""

import numpy as np
from numpy.typing import NDArray

from ccreid.wardrobe.body import Body
from ccreid.wardrobe.identity import Gait
from ccreid.wardrobe.rotation import Matrix, about_x, about_y, about_z, between

_SIDES = ((".L", 1.0, 0.0), (".R", -1.0, 0.5))  # suffix, sign of x, lag in cycles


def standing_turns(body: Body, joints: NDArray[np.float32], gait: Gait, arm_spread: float) -> NDArray[np.float64]:
    """Turns (B, 3, 3) from the template's raised arms and straddled legs to a person standing at ease.

    Args:
        body: The template.
        joints: (B, 3) joints of the person in the template's pose.
        gait: The person's posture.
        arm_spread: Angle between hanging arms and the vertical, at least what clears the hips.
    """
    world: dict[str, Matrix] = {}
    place = {name: joints[index].astype(np.float64) for index, name in enumerate(body.bone_names)}
    for side, sign, _ in _SIDES:
        upper = place["lowerarm" + side] - place["upperarm" + side]
        lower = place["wrist" + side] - place["lowerarm" + side]
        hand = place["finger3-1" + side] - place["wrist" + side]
        down = (sign * np.sin(arm_spread), 0.05, -np.cos(arm_spread))
        full = between(upper, down)
        world["clavicle" + side] = _share_of(full, 0.06)
        world["shoulder" + side] = _share_of(full, 0.25)
        world["upperarm" + side] = full
        turned = world["upperarm" + side] @ lower
        world["lowerarm" + side] = (
            between(turned, (sign * 0.45 * np.sin(arm_spread), -0.06, -1.0)) @ world["upperarm" + side]
        )
        turned = world["lowerarm" + side] @ hand
        world["wrist" + side] = between(turned, (sign * 0.02, -0.12, -1.0)) @ world["lowerarm" + side]
        _relax_fingers(world, place, side, sign)

        hip, ankle = place["upperleg" + side], place["foot" + side]
        reach = np.linalg.norm(ankle - hip)
        foot_x = hip[0] * gait.step_width * 0.85
        straight = ((foot_x - hip[0]) / reach, 0.0, -1.0)
        knee = place["lowerleg" + side]
        world["upperleg" + side] = between(knee - hip, straight)
        world["lowerleg" + side] = between(ankle - knee, straight)
        world["foot" + side] = world["toe" + side] = about_z(sign * gait.toe_out)
    return _turns(body, world)


def walking_turns(body: Body, gait: Gait, phase: float) -> NDArray[np.float64]:
    """Turns (B, 3, 3) from the standing pose at a phase of the walk.

    Args:
        body: The template.
        gait: The person's manner of walking.
        phase: Radians; 0 is the left heel's contact, pi the right one's, 2 pi a full cycle.
    """
    cycle = phase / (2.0 * np.pi)
    forward = np.cos(phase)  # 1 where the left leg is in front
    world: dict[str, Matrix] = {}
    pelvis = about_z(-0.5 * gait.twist * forward) @ about_y(gait.sway * np.sin(phase))
    world["root"] = pelvis

    chest_yaw = 0.9 * gait.twist * forward
    for share, bone in ((0.1, "spine05"), (0.25, "spine04"), (0.45, "spine03"), (0.7, "spine02"), (1.0, "spine01")):
        pitch = gait.lean * min(1.0, 1.6 * share) + gait.slump * max(0.0, share - 0.45) / 0.55
        yaw = -0.5 * gait.twist * forward * (1.0 - share) + chest_yaw * share
        world[bone] = about_z(yaw) @ about_y(gait.sway * np.sin(phase) * (1.0 - 1.2 * share)) @ about_x(pitch)
    chest = world["spine01"]
    head = about_z(0.15 * chest_yaw) @ about_y(gait.head_roll) @ about_x(gait.head_pitch)
    trunk_pitch = gait.lean + gait.slump
    for share, bone in ((0.1, "neck01"), (0.35, "neck02"), (0.7, "neck03")):
        pitch = trunk_pitch + (gait.head_pitch - trunk_pitch) * share
        world[bone] = about_z(chest_yaw * (1 - share)) @ about_y(gait.head_roll * share) @ about_x(pitch)
    world["head"] = head

    for side, sign, lag in _SIDES:
        turn = (cycle + lag) % 1.0
        swing = np.cos(2.0 * np.pi * turn)
        thigh = _thigh(turn) * gait.stride
        knee = _knee(turn, gait)
        foot = _foot_pitch(turn) * (0.35 + 1.5 * gait.stride)
        world["upperleg" + side] = about_z(-0.3 * gait.twist * forward) @ about_x(-thigh)
        world["lowerleg" + side] = about_z(-0.3 * gait.twist * forward) @ about_x(knee - thigh)
        world["foot" + side] = about_x(-foot)
        world["toe" + side] = about_x(-foot - _toe_bend(turn) * (0.3 + 1.4 * gait.stride))

        arm = -gait.arm_swing * (swing + 0.1) - 0.02
        bend = gait.elbow * (1.0 - 0.3 * swing) + 0.16 * gait.arm_swing * (1.0 - swing)
        trunk = chest @ about_x(-trunk_pitch * 0.85)
        world["clavicle" + side] = chest
        world["shoulder" + side] = chest @ about_z(-sign * 0.35 * gait.slump)
        world["upperarm" + side] = trunk @ about_x(-arm)
        world["lowerarm" + side] = trunk @ about_x(-arm - bend)
        world["wrist" + side] = world["lowerarm" + side] @ about_x(0.25 * bend)
    return _turns(body, world)


def _relax_fingers(world: dict[str, Matrix], place: dict[str, NDArray[np.float64]], side: str, sign: float) -> None:
    """Closes the spread fingers and curls them a little towards the palm, which faces the thigh."""
    hand = world["wrist" + side]
    for finger, curl in (("1", -0.05), ("2", 0.18), ("3", 0.24), ("4", 0.30), ("5", 0.36)):
        first, second = f"finger{finger}-1{side}", f"finger{finger}-2{side}"
        direction = hand @ (place[second] - place[first])
        direction = direction / np.linalg.norm(direction)
        hanging = np.array([-sign * curl, -0.55 if finger == "1" else -0.16, -1.0])
        world[first] = between(direction, 0.25 * direction + 0.75 * hanging / np.linalg.norm(hanging)) @ hand
        world[second] = about_y(sign * 1.1 * max(curl, 0.0)) @ world[first]


def _turns(body: Body, world: dict[str, Matrix]) -> NDArray[np.float64]:
    """Turns against each bone's parent from world rotations; a bone without one keeps its parent's."""
    turns = np.tile(np.eye(3), (len(body.bone_names), 1, 1))
    rotations = np.tile(np.eye(3), (len(body.bone_names), 1, 1))
    for bone, (name, parent) in enumerate(zip(body.bone_names, body.bone_parents.tolist(), strict=True)):
        above = rotations[parent] if parent >= 0 else np.eye(3)
        rotations[bone] = world.get(name, above)
        turns[bone] = above.T @ rotations[bone]
    return turns


def _share_of(rotation: Matrix, share: float) -> Matrix:
    """The rotation about the same axis by a share of its angle."""
    angle = np.arccos(np.clip((np.trace(rotation) - 1.0) / 2.0, -1.0, 1.0))
    if angle < 1e-9:
        return np.eye(3)
    axis = np.array(
        [rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]]
    ) / (2.0 * np.sin(angle))
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + np.sin(share * angle) * cross + (1 - np.cos(share * angle)) * cross @ cross)


def _thigh(turn: float) -> float:
    """Forward swing of the thigh as a share of the stride."""
    swings = np.array((1.4, 1.1, 0.62, 0.1, -0.32, -0.55, -0.42, 0.0, 0.72, 1.3, 1.52))
    return _periodic(turn, (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.56, 0.63, 0.72, 0.82, 0.9), swings)


def _knee(turn: float, gait: Gait) -> float:
    bends = np.radians((4.0, 15.0, 8.0, 5.0, 14.0, 38.0, np.degrees(gait.knee_lift), 32.0, 5.0))
    return _periodic(turn, (0.0, 0.13, 0.28, 0.4, 0.5, 0.61, 0.72, 0.86, 0.96), bends)


def _foot_pitch(turn: float) -> float:
    """World pitch of the foot, positive with the toes up."""
    pitches = np.radians((22.0, 1.0, 0.0, -1.0, -24.0, -62.0, -48.0, -4.0, 20.0))
    return _periodic(turn, (0.0, 0.1, 0.25, 0.36, 0.5, 0.62, 0.71, 0.84, 0.95), pitches)


def _toe_bend(turn: float) -> float:
    """How far the toes bend up against the foot while the heel lifts."""
    bends = np.radians((0.0, 0.0, 22.0, 48.0, 14.0, 0.0))
    return _periodic(turn, (0.0, 0.36, 0.5, 0.6, 0.7, 0.82), bends)


def _periodic(turn: float, places: tuple[float, ...], values: NDArray[np.float64]) -> float:
    """A smooth curve through values at places in [0, 1), repeating every 1 (cubic Hermite, Catmull-Rom slopes)."""
    x = np.array([places[-1] - 1.0, *places, places[0] + 1.0, places[1] + 1.0])
    y = np.array([values[-1], *values, values[0], values[1]])
    right = int(np.searchsorted(x, turn, side="right"))
    right = min(max(right, 2), len(x) - 2)
    left = right - 1
    width = x[right] - x[left]
    slope_left = (y[right] - y[left - 1]) / (x[right] - x[left - 1])
    slope_right = (y[right + 1] - y[left]) / (x[right + 1] - x[left])
    s = (turn - x[left]) / width
    return float(
        (2 * s**3 - 3 * s**2 + 1) * y[left]
        + (s**3 - 2 * s**2 + s) * width * slope_left
        + (3 * s**2 - 2 * s**3) * y[right]
        + (s**3 - s**2) * width * slope_right
    )
