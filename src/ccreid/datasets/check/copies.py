"""Images that are there twice: in training and test, under two identities, or of one person."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from ccreid.datasets.check.finding import Finding, Gravity, Item, counted
from ccreid.datasets.check.look import Look
from ccreid.datasets.check.look_alike import find_look_alikes
from ccreid.datasets.check.people import name_of

Group = Sequence[int]
"""Indices of images that are alike."""

_LEAK: Final = "tests then ask for what was learned by heart: keep each on one side only"
_NAMES: Final = "find out who is on them, and keep each under one identity"


def copy_findings(looks: Sequence[Look], training: Sequence[bool]) -> list[Finding]:
    """Return which images are copies of each other, of equal pixels or nearly so.

    Consecutive images of a person are naturally alike; those are counted and not named.

    Args:
        looks: At all images.
        training: Of each, whether it is a training image; the others are test images.
    """
    sides = _Sides(looks, training)
    equal = _equal(looks)
    # Of a person's equal images one is compared with the others; the rest is named already.
    firsts = {(looks[index].digest, sides.label(index)): index for group in equal for index in reversed(group)}
    compared = sorted(firsts.values())
    hashes = np.frombuffer(b"".join(looks[index].hash for index in compared), dtype=np.uint8).reshape(len(compared), -1)
    labels = np.array([sides.label(index) for index in compared], dtype=np.int64)
    alike = find_look_alikes(hashes, labels) if compared else None
    near = [[compared[place] for place in group] for group in alike.groups] if alike else []
    near = [group for group in near if len({looks[index].digest for index in group}) > 1]
    found = [
        *_found(sides, [group for group in equal if len(group) > 1], "", "the same pixels"),
        *_found(sides, near, "near ", "nearly the same picture"),
    ]
    if alike and alike.same:
        what = f"{counted(alike.same, 'image')} much like another of the same person"
        found.append(Finding("series", Gravity.TO_KNOW, what, "nothing: consecutive images of a camera are alike"))
    return found


class _Sides:
    """Who is on an image and whether it is a training image; what a copy may not differ in."""

    def __init__(self, looks: Sequence[Look], training: Sequence[bool]) -> None:
        self._looks, self._training = looks, training

    def label(self, index: int) -> int:
        return 2 * self._looks[index].record.identity + self._training[index]

    def over_sides(self, group: Group) -> bool:
        return len({self._training[index] for index in group}) > 1

    def over_identities(self, group: Group) -> bool:
        return len({self._looks[index].record.identity for index in group}) > 1

    def items(self, groups: Iterable[Group]) -> list[Item]:
        return [Item([self._looks[index].record.image for index in group], self._said(group)) for group in groups]

    def _said(self, group: Group) -> str:
        sides = {True: "training", False: "test"}
        where = [f"{name_of(self._looks[index].record)}, {sides[self._training[index]]}" for index in group]
        return "; ".join(dict.fromkeys(where))


def _equal(looks: Sequence[Look]) -> list[list[int]]:
    """Return images by their pixels, without those that are broken or blank."""
    groups: dict[bytes, list[int]] = {}
    for index, look in enumerate(looks):
        if not look.fault and not look.blank:
            groups.setdefault(look.digest, []).append(index)
    return list(groups.values())


def _found(sides: _Sides, groups: Sequence[Group], kind: str, alike: str) -> list[Finding]:
    leaks = [group for group in groups if sides.over_sides(group)]
    names = [group for group in groups if sides.over_identities(group) and not sides.over_sides(group)]
    same = [group for group in groups if not sides.over_identities(group) and not sides.over_sides(group)]
    found = []
    for word, some, where, advice in (
        ("leak", leaks, "in training and in test", _LEAK),
        ("two identities", names, "under two identities", _NAMES),
        ("copy", same, "more than once of one person", "remove all but one of each"),
    ):
        if some:
            each = f", in {len(some):,} groups" if len(some) > 1 else ""
            what = f"{counted(sum(map(len, some)), 'file')} of {alike} {where}{each}"
            found.append(Finding(kind + word, Gravity.DOUBTFUL, what, advice, sides.items(some)))
    return found
