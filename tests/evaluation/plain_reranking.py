"""k-reciprocal re-ranking as the paper's equations read, in plain Python: the judge of the fast one."""

import math
from collections.abc import Sequence

Vector = dict[int, float]


def rerank_plainly(
    query: Sequence[Sequence[float]], gallery: Sequence[Sequence[float]], k1: int, k2: int, weight: float
) -> list[list[float]]:
    """Return the distances (Q, G) of Zhong et al., CVPR 2017, with the two choices of their code (see `rerank`)."""
    images = [*query, *gallery]
    everyone = range(len(images))
    distance = []
    for one in images:
        squared = [sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) for other in images]
        farthest = max(squared) or 1.0
        distance.append([value / farthest for value in squared])

    def nearest(image: int, k: int) -> list[int]:
        """Return the image itself and its k nearest."""
        others = sorted((other for other in everyone if other != image), key=lambda other: distance[image][other])
        return [image, *others[:k]]

    def reciprocal(image: int, k: int) -> set[int]:
        return {other for other in nearest(image, k) if image in nearest(other, k)}

    def expanded(image: int) -> set[int]:
        own = reciprocal(image, k1)
        result = set(own)
        for other in own:
            theirs = reciprocal(other, round(k1 / 2))
            if len(theirs & own) > 2 / 3 * len(theirs):
                result |= theirs
        return result

    vectors: list[Vector] = []
    for image in everyone:
        weights = {other: math.exp(-distance[image][other]) for other in expanded(image)}
        vectors.append({other: value / sum(weights.values()) for other, value in weights.items()})
    averaged: list[Vector] = []
    for image in everyone:
        neighbours = nearest(image, k2 - 1)
        mean = [sum(vectors[other].get(column, 0.0) for other in neighbours) / len(neighbours) for column in everyone]
        averaged.append(dict(enumerate(mean)))

    def jaccard(one: Vector, other: Vector) -> float:
        least = sum(min(one[column], other[column]) for column in everyone)
        most = sum(max(one[column], other[column]) for column in everyone)
        return 1 - least / most

    return [
        [
            (1 - weight) * jaccard(averaged[q], averaged[g]) + weight * distance[q][g]
            for g in range(len(query), len(images))
        ]
        for q in range(len(query))
    ]
