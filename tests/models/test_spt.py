import math

import torch

from ccreid.models import SPT
from ccreid.models.spt import RANGES


def _model() -> SPT:
    torch.manual_seed(0)
    return SPT(7, "resnet18").eval()


def test_three_streams_have_an_embedding_and_logits_each() -> None:
    output = _model()(torch.randn(2, 3, 64, 32))
    assert [embedding.shape for embedding in output.embeddings] == [(2, 1024), (2, 512), (2, 512)]
    assert [logits.shape for logits in output.logits] == [(2, 7)] * 3
    assert output.feature.shape == (2, 2048)
    lengths = [part.norm(dim=1) for part in output.feature.split([1024, 512, 512], dim=1)]
    assert torch.allclose(torch.stack(lengths), torch.ones(3, 2), atol=1e-5)


def test_the_streams_see_the_whole_the_upper_and_the_lower_body() -> None:
    model = _model()
    images = torch.randn(1, 3, 64, 32)
    before = model(images).embeddings
    images[:, :, 48:] += 1  # the feet
    changed = [not torch.equal(old, new) for old, new in zip(before, model(images).embeddings, strict=True)]
    assert changed == [True, False, True]


def test_the_unrolled_images_make_three_backbones_cost_as_much_as_two() -> None:
    assert sum(angles.height for angles in RANGES) == 2
    assert sum(angles.stop - angles.start for angles in RANGES) == 3 * math.pi
    shapes = []
    model = _model()
    for stream in model.streams:
        stream.backbone.register_forward_pre_hook(lambda _, inputs: shapes.append(tuple(inputs[0].shape)))
    model(torch.randn(1, 3, 65, 32))
    assert shapes == [(1, 3, 65, 32), (1, 3, 33, 32), (1, 3, 33, 32)]
