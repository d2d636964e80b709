import numpy as np

from ccreid.retrieval.entry import unit_length


def test_rounded_features_get_length_one_and_zero_stays_zero() -> None:
    vectors = np.array([[3, 4], [0, 0], [0.1, 0]], np.float16)
    scaled = unit_length(vectors)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, [[0.6, 0.8], [0, 0], [1, 0]], atol=1e-6)
    assert vectors[0, 0] == 3
