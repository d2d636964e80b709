"""Standing and walking."""

from dataclasses import replace

import numpy as np
import pytest
from closeness import assert_close

from ccreid.wardrobe.body import Body
from ccreid.wardrobe.gait import standing_turns, walking_turns
from ccreid.wardrobe.identity import Gait, sample_identity
from ccreid.wardrobe.skeleton import bone_transforms

pytestmark = pytest.mark.slow

STEPS = np.linspace(0.0, 2.0 * np.pi, 16, endpoint=False)


def gait_of(seed: int) -> Gait:
    return sample_identity(np.random.default_rng(seed)).gait


def standing_joints(body: Body, gait: Gait, spread: float = 0.12) -> np.ndarray:
    turns = standing_turns(body, body.bone_heads, gait, spread)
    stand = bone_transforms(body.bone_parents, body.bone_heads, turns, np.zeros(3))
    return (np.einsum("bij,bj->bi", stand[:, :, :3], body.bone_heads) + stand[:, :, 3]).astype(np.float32)


def walking_joints(body: Body, gait: Gait, phase: float) -> np.ndarray:
    joints = standing_joints(body, gait)
    walk = bone_transforms(body.bone_parents, joints, walking_turns(body, gait, phase), np.zeros(3))
    return np.einsum("bij,bj->bi", walk[:, :, :3], joints) + walk[:, :, 3]


def test_all_turns_are_rotations(body: Body) -> None:
    gait = gait_of(0)
    for turns in (standing_turns(body, body.bone_heads, gait, 0.1), walking_turns(body, gait, 1.0)):
        assert_close(turns @ turns.transpose(0, 2, 1), np.tile(np.eye(3), (len(turns), 1, 1)), terms=20)
        assert_close(np.linalg.det(turns), np.ones(len(turns)), terms=20)


def test_arms_hang_and_legs_are_straight_when_standing(body: Body) -> None:
    joints = standing_joints(body, gait_of(1), spread=0.12)
    for side in (".L", ".R"):
        shoulder, wrist = joints[body.bone("upperarm" + side)], joints[body.bone("wrist" + side)]
        arm = wrist - shoulder
        assert np.arccos(-arm[2] / np.linalg.norm(arm)) < np.radians(12)
        hip, ankle = joints[body.bone("upperleg" + side)], joints[body.bone("foot" + side)]
        knee = joints[body.bone("lowerleg" + side)]
        leg = ankle - hip
        off = np.linalg.norm(np.cross(knee - hip, leg)) / np.linalg.norm(leg)
        assert off < 0.01


def test_the_left_foot_leads_at_phase_zero_and_the_right_half_a_cycle_later(body: Body) -> None:
    for seed in range(5):
        gait = gait_of(seed)
        left, right = body.bone("foot.L"), body.bone("foot.R")
        start, half = walking_joints(body, gait, 0.0), walking_joints(body, gait, np.pi)
        assert start[left, 1] < start[right, 1] - 0.15
        assert half[right, 1] < half[left, 1] - 0.15


def test_arms_swing_against_the_legs(body: Body) -> None:
    gait = replace(gait_of(2), arm_swing=0.4)
    for side in (".L", ".R"):
        feet, hands = [], []
        for phase in STEPS:
            joints = walking_joints(body, gait, phase)
            feet.append(joints[body.bone("foot" + side), 1] - joints[0, 1])
            hands.append(joints[body.bone("wrist" + side), 1] - joints[0, 1])
        assert np.corrcoef(feet, hands)[0, 1] < -0.7


def test_knees_bend_only_backwards(body: Body) -> None:
    for seed in range(4):
        gait = gait_of(seed)
        for phase in STEPS:
            joints = walking_joints(body, gait, phase)
            for side in (".L", ".R"):
                thigh = joints[body.bone("lowerleg" + side)] - joints[body.bone("upperleg" + side)]
                shin = joints[body.bone("foot" + side)] - joints[body.bone("lowerleg" + side)]
                assert np.arctan2(shin[1], -shin[2]) > np.arctan2(thigh[1], -thigh[2]) - np.radians(3)


def test_the_walk_repeats_and_never_jumps(body: Body) -> None:
    gait = gait_of(3)
    # Between 0.3 and 6.6 lie two bits.
    assert_close(walking_turns(body, gait, 0.3), walking_turns(body, gait, 0.3 + 2 * np.pi), terms=20, scale=7)
    fine = np.linspace(0.0, 2.0 * np.pi, 400)
    feet = np.stack([walking_joints(body, gait, phase)[body.bone("foot.L")] for phase in fine])
    assert np.linalg.norm(np.diff(feet, axis=0), axis=1).max() < 0.03


def test_a_longer_stride_parts_the_feet_more(body: Body) -> None:
    gaps = []
    for stride in (0.25, 0.35, 0.5):
        joints = walking_joints(body, replace(gait_of(4), stride=stride), 0.0)
        gaps.append(joints[body.bone("foot.R"), 1] - joints[body.bone("foot.L"), 1])
    assert gaps[0] < gaps[1] < gaps[2]
