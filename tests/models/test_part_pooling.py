import torch
from closeness import assert_close
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from ccreid.models.part_pooling import bands, pooled


@given(st.integers(0, 2**31), st.integers(1, 4))
@settings(max_examples=30)
def test_each_row_of_a_region_is_in_one_band_and_the_bands_follow_each_other_downwards(seed: int, count: int) -> None:
    region = torch.rand(3, 16, 8, generator=torch.Generator().manual_seed(seed)) < 0.4
    cut = bands(region, count)
    assert torch.equal(cut.sum(1), region.long())
    for image in cut:
        rows = [band.any(1).nonzero().flatten().tolist() for band in image]
        placed = [row for band in rows for row in band]
        assert placed == sorted(set(placed))


def test_bands_hold_equally_many_pixels_where_rows_are_equal() -> None:
    region = torch.zeros(1, 12, 4, dtype=torch.bool)
    region[:, 2:11, 1:3] = True
    assert bands(region, 3).sum((2, 3)).tolist() == [[6, 6, 6]]


def test_a_region_without_pixels_has_empty_bands() -> None:
    assert not bands(torch.zeros(2, 6, 4, dtype=torch.bool), 3).any()


def test_means_and_spreads_are_those_of_the_regions_pixels() -> None:
    torch.manual_seed(0)
    level = torch.randn(2, 5, 8, 4)
    regions = (torch.rand(2, 3, 8, 4) < 0.5).float()
    regions[1, 2] = 0
    means, spreads = pooled([level], regions)
    for image in range(2):
        for region in range(3):
            inside = level[image][:, regions[image, region] > 0].double()
            if not inside.shape[1]:
                assert not means[image, region].any()
                assert not spreads[image, region].any()
                continue
            mean, spread = inside.mean(1), inside.var(1, correction=0).sqrt()
            assert_close(means[image, region], functional.normalize(mean, dim=0).float(), terms=64)
            assert_close(spreads[image, region], functional.normalize(spread, dim=0).float(), terms=1024)


def test_levels_of_their_own_sizes_are_laid_one_after_the_other() -> None:
    levels = [torch.randn(1, 2, 8, 4), torch.randn(1, 3, 4, 2)]
    means, spreads = pooled(levels, torch.ones(1, 1, 16, 8))
    assert means.shape == spreads.shape == (1, 1, 5)
    assert_close(means[0, 0, 2:], functional.normalize(levels[1].mean((2, 3)), dim=1)[0], terms=64)
