import pytest
import torch
from closeness import assert_close
from hypothesis import given
from hypothesis import strategies as st

from ccreid.retrieval import rank_gallery


@given(st.integers(1, 6), st.integers(1, 9), st.integers(1, 12), st.integers(0, 99))
def test_lists_are_those_of_a_full_sort(queries: int, gallery: int, k: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    query_features = torch.randn(queries, 4, generator=generator)
    gallery_features = torch.randn(gallery, 4, generator=generator)
    ranked = rank_gallery(query_features, gallery_features, k, block=2)
    for row in range(queries):
        distances = [float((query_features[row] - other).norm()) for other in gallery_features]
        # Two at about the same distance may stand in either order, so the distances are compared.
        found = ranked.indices[row].tolist()
        assert len(set(found)) == min(k, gallery)
        assert_close(ranked.distances[row], sorted(distances)[:k], terms=4)
        assert_close(ranked.distances[row], [distances[index] for index in found], terms=4)


def test_features_of_different_widths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(2, 4\)"):
        rank_gallery(torch.zeros(2, 3), torch.zeros(2, 4), 1)


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(ValueError, match="k is 0"):
        rank_gallery(torch.zeros(2, 3), torch.zeros(2, 3), 0)
