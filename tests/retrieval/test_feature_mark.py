import pytest
from retrieval.colour_model import WIDTH, colour_model

from ccreid.retrieval.feature_mark import FeatureMark, FeatureMarkError, OtherModelError, mark_of, require_same_model


def test_a_mark_is_the_same_for_equal_weights_alone() -> None:
    one, same, other = (mark_of(colour_model(seed)) for seed in (0, 0, 1))
    assert one == same
    assert one.model != other.model
    assert (one.width, one.size, one.name) == (WIDTH, "32x16", "colours0")
    require_same_model(one, same, "here")
    with pytest.raises(OtherModelError, match=r"here holds features of the model colours0 .*colours1"):
        require_same_model(one, other, "here")


def test_another_image_size_is_another_model() -> None:
    model = colour_model()
    before = mark_of(model)
    model.recipe.data.height = 64
    assert mark_of(model).model != before.model


def test_a_mark_survives_as_text() -> None:
    mark = mark_of(colour_model(), "float32", "tracks")
    assert FeatureMark.from_tree(mark.tree(), "there") == mark
    with pytest.raises(FeatureMarkError, match="there holds no features"):
        FeatureMark.from_tree({"ccreid.format": "another"}, "there")
