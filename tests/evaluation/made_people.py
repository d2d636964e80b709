"""Makes features of people whose similarities a matrix product gives exactly, with many that are equal."""

from dataclasses import replace

import numpy as np

from ccreid.evaluation.pair_counts import Labelled

WIDTH = 16


def asked_by_half(images: Labelled) -> Labelled:
    """Return the same images, which are searched by the first half of their features; every third searches nobody."""
    asked = images.features * (np.arange(WIDTH) < WIDTH // 2)
    asked[::3] = 0
    return replace(images, asked=asked)


def made_people(people: int = 6, images: int = 5, seed: int = 0, labels: bool = True) -> Labelled:
    """Return images of people: signs that mostly are their person's, in random clothes, cameras and tracks."""
    random = np.random.default_rng(seed)
    signs = random.choice([-0.25, 0.25], (people, 1, WIDTH))
    noise = np.where(random.random((people, images, WIDTH)) < 0.2, -1, 1)
    said = [
        (f"p{person}", *(str(random.choice(["", "a", "b"])) if labels else "" for _ in range(3)))
        for person in range(people)
        for _ in range(images)
    ]
    return Labelled.of((signs * noise).reshape(-1, WIDTH), said)
