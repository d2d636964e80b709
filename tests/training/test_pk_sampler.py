from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccreid.training.pk_sampler import PKSampler

LABELS = [identity for identity in range(20) for _ in range(5 + identity % 7)]


def test_a_batch_holds_p_identities_with_k_images_each() -> None:
    for batch in PKSampler(LABELS, identities=16, instances=4):
        counts = Counter(LABELS[index] for index in batch)
        assert len(counts) == 16
        assert set(counts.values()) == {4}


def test_no_image_repeats_in_a_batch_where_the_identity_has_enough() -> None:
    sampler = PKSampler(LABELS, identities=8, instances=4, seed=3)
    repeated = 0
    for batch in sampler:
        repeated += len(batch) - len(set(batch))
    # A deck that runs out in the middle of a batch may deal an image twice; that must stay rare.
    assert repeated <= len(sampler)


@given(st.integers(2, 12), st.integers(0, 5), st.lists(st.integers(1, 9), min_size=12, max_size=20))
def test_no_identity_is_starved(identities: int, epoch: int, sizes: list[int]) -> None:
    labels = [identity for identity, size in enumerate(sizes) for _ in range(size)]
    sampler = PKSampler(labels, identities=identities, instances=3, seed=1)
    sampler.set_epoch(epoch)
    drawn = Counter(label for batch in sampler for label in {labels[index] for index in batch})
    times = [drawn[identity] for identity in range(len(sizes))]
    assert max(times) - min(times) <= 1


@pytest.mark.answers("bad data", "identities with one image")
def test_an_identity_with_fewer_images_than_k_still_fills_its_place() -> None:
    labels = [0, 1, 1, 2, 2, 2]
    for batch in PKSampler(labels, identities=3, instances=4):
        assert Counter(labels[index] for index in batch) == {0: 4, 1: 4, 2: 4}


def test_batches_depend_on_seed_and_epoch_alone() -> None:
    def batches(seed: int, epoch: int) -> list[list[int]]:
        sampler = PKSampler(LABELS, seed=seed)
        sampler.set_epoch(epoch)
        return list(sampler)

    assert batches(1, 2) == batches(1, 2)
    assert batches(1, 2) != batches(1, 3)
    assert batches(1, 2) != batches(2, 2)


@pytest.mark.parametrize("world_size", [2, 4])
def test_processes_together_see_the_batches_of_one_process(world_size: int) -> None:
    alone = list(PKSampler(LABELS, identities=8, instances=4, seed=5))
    shares = [
        list(PKSampler(LABELS, identities=8, instances=4, seed=5, rank=rank, world_size=world_size))
        for rank in range(world_size)
    ]
    for step, whole in enumerate(alone):
        parts = [share[step] for share in shares]
        assert [index for part in parts for index in part] == whole
        assert all(len(part) == len(whole) // world_size for part in parts)


def test_an_epoch_is_as_many_batches_as_the_images_fill() -> None:
    sampler = PKSampler(LABELS, identities=16, instances=4)
    assert len(sampler) == len(list(sampler)) == -(-len(LABELS) // 64)


def test_too_few_identities_are_refused_with_the_numbers() -> None:
    with pytest.raises(ValueError, match="16 identities and the training images show 3"):
        PKSampler([0, 1, 2, 0, 1, 2], identities=16)


def test_identities_that_do_not_divide_over_the_processes_are_refused() -> None:
    with pytest.raises(ValueError, match="16 identities do not divide over 3 processes"):
        PKSampler(LABELS, world_size=3)
