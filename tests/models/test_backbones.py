import pytest
import torch

from ccreid.models import UnknownBackboneError, build_backbone


@pytest.mark.parametrize("name", ["resnet18", "efficientnet_lite0"])
@pytest.mark.parametrize(("last_stride", "size"), [(1, (8, 4)), (2, (4, 2))])
def test_the_last_stride_sets_the_size_of_the_map(name: str, last_stride: int, size: tuple[int, int]) -> None:
    backbone = build_backbone(name, "none", last_stride)
    assert backbone(torch.randn(1, 3, 128, 64)).shape == (1, backbone.channels, *size)


def test_an_unknown_backbone_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownBackboneError, match="did you mean 'resnet50'"):
        build_backbone("resnet500")


@pytest.mark.parametrize("name", ["resnet18", "efficientnet_lite0", "timm/convnext_tiny"])
def test_other_strides_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="last_stride is 3, expected 1 or 2"):
        build_backbone(name, "none", last_stride=3)
