import torch
from torch import nn

from ccreid.models.reduction import reduction


def test_it_is_the_papers_1x1_convolution_on_a_pooled_feature() -> None:
    torch.manual_seed(0)
    head = reduction(12, 5).train()
    convolution, norm = nn.Conv2d(12, 5, 1, bias=False), nn.BatchNorm2d(5)
    convolution.weight.data = head[0].weight.data[..., None, None].clone()
    pooled = torch.randn(6, 12)
    expected = norm(convolution(pooled[..., None, None])).clamp_min(0)[..., 0, 0]
    assert torch.allclose(head(pooled), expected, atol=1e-6)
    assert torch.allclose(head[1].running_var, norm.running_var)
