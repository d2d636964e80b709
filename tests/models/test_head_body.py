import pytest
import torch
from closeness import assert_close, rounding
from torch.nn import functional

from ccreid.models import HeadBody


def test_the_feature_is_both_streams_at_the_same_weight_and_the_body_alone_without_a_head() -> None:
    torch.manual_seed(0)
    model = HeadBody(5, "resnet18").eval()
    images = torch.randn(2, 3, 64, 32)
    parts = torch.zeros(2, 64, 32, dtype=torch.uint8)
    parts[0, 4:16, 10:20] = 1
    with torch.no_grad():
        output = model(images, parts)
    head, body = output.feature.chunk(2, dim=1)
    assert head[0].norm() == pytest.approx(1, abs=rounding(1, terms=512))
    assert not head[1].any()
    assert_close(body, functional.normalize(model.body(images).feature), terms=512)
    assert_close(head[0], functional.normalize(model.head(images, parts).feature)[0], terms=512)


@pytest.mark.slow
def test_each_stream_has_its_own_embedding_and_classifier() -> None:
    model = HeadBody(5, "resnet18").eval()
    images, parts = torch.randn(2, 3, 64, 32), torch.ones(2, 64, 32, dtype=torch.uint8)
    output = model(images, parts)
    expected = model.head(images, parts), model.body(images)
    for index, stream in enumerate(expected):
        assert torch.equal(output.embeddings[index], stream.embeddings[0])
        assert torch.equal(output.logits[index], stream.logits[0])
    assert not torch.equal(model.body.classifier.weight, model.head.baseline.classifier.weight)
