import pytest
import torch
from closeness import assert_close

from ccreid.models import Baseline


def _model() -> Baseline:
    torch.manual_seed(0)
    return Baseline(7, "resnet18")


def test_the_neck_stands_between_embedding_and_classifier() -> None:
    model = _model().double()
    images = torch.randn(6, 3, 32, 16, dtype=torch.float64)
    output = model.train()(images)
    (embedding,), (logits,) = output.embeddings, output.logits
    # In training the neck's output has zero mean and unit variance over the batch, whatever the embedding's is.
    centred = (embedding - embedding.mean(0)) / (embedding.var(0, unbiased=False) + 1e-5).sqrt()
    # The embedding is about as far from zero as it varies, or further.
    assert_close(output.feature, centred, terms=6, scale=float((embedding / embedding.std(0)).abs().max()))
    assert_close(logits, output.feature @ model.classifier.weight.T, terms=512)


def test_the_embedding_is_the_mean_over_the_feature_map() -> None:
    model = _model().double().eval()
    images = torch.randn(2, 3, 64, 32, dtype=torch.float64)
    feature_map = model.backbone(images)
    slow = torch.stack([image.reshape(512, -1).mean(1) for image in feature_map])
    assert_close(model(images).embeddings[0], slow, terms=feature_map[0, 0].numel())


@pytest.mark.slow
def test_other_poolings_take_the_largest_of_each_channel_alone_or_after_the_mean() -> None:
    torch.manual_seed(0)
    largest = Baseline(7, "resnet18", pooling="max").eval()
    images = torch.randn(2, 3, 64, 32)
    slow = torch.stack([image.reshape(512, -1).max(1).values for image in largest.backbone(images)])
    assert torch.equal(largest(images).embeddings[0], slow)
    both = Baseline(7, "resnet18", pooling="mean_max").eval()
    feature_map = both.backbone(images)
    assert torch.equal(both(images).embeddings[0][:, :512], feature_map.mean((2, 3)))
    assert torch.equal(both(images).embeddings[0][:, 512:], feature_map.amax((2, 3)))
    assert both(images).feature.shape == (2, 1024)


def test_the_neck_learns_no_shift() -> None:
    model = _model()
    optimizer = torch.optim.SGD([weight for weight in model.parameters() if weight.requires_grad], lr=0.1)
    torch.nn.functional.cross_entropy(model(torch.randn(4, 3, 32, 16)).logits[0], torch.arange(4)).backward()
    optimizer.step()
    assert not model.bnneck.bias.any()
    assert (model.bnneck.weight != 1).any()


def test_the_classifier_starts_small_and_has_no_bias() -> None:
    model = _model()
    assert model.classifier.bias is None
    assert 0.0009 < float(model.classifier.weight.detach().std()) < 0.0011


def test_no_identity_is_refused() -> None:
    with pytest.raises(ValueError, match="num_identities is 0"):
        Baseline(0, "resnet18")
