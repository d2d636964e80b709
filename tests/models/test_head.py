import torch
from torch import Tensor

from ccreid.models import Baseline, Head
from ccreid.models.head_crop import head_crops


def batch() -> tuple[Tensor, Tensor]:
    images = torch.randn(3, 3, 64, 32, generator=torch.Generator().manual_seed(0))
    parts = torch.zeros(3, 64, 32, dtype=torch.uint8)
    parts[:2, 4:16, 10:20] = 1
    parts[:, 20:40] = 2
    return images, parts


def test_it_is_the_baseline_on_the_heads() -> None:
    torch.manual_seed(0)
    model = Head(5, "resnet18").eval()
    baseline = Baseline(5, "resnet18").eval()
    baseline.load_state_dict(model.baseline.state_dict())
    images, parts = batch()
    output, expected = model(images, parts), baseline(head_crops(images, parts)[0])
    assert torch.equal(output.embeddings[0], expected.embeddings[0])
    assert torch.equal(output.logits[0], expected.logits[0])
    assert torch.equal(output.feature[:2], expected.feature[:2])


def test_an_image_without_a_head_has_a_feature_of_zeros() -> None:
    feature = Head(5, "resnet18").eval()(*batch()).feature
    assert not feature[2].any()
    assert feature[:2].any(1).all()


def test_clothes_do_not_matter() -> None:
    model = Head(5, "resnet18").eval()
    images, parts = batch()
    others = images.clone()
    others[:, :, 20:] = 0
    assert torch.equal(model(others, parts).feature, model(images, parts).feature)
