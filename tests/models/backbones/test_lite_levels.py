import torch
from extras import needs

from ccreid.models.backbones.build import build_backbone
from ccreid.models.backbones.efficientnet_lite import EfficientNetLite0
from ccreid.models.backbones.lite_levels import CHANNELS, LiteLevels


def test_the_levels_are_the_backbones_maps_on_the_way() -> None:
    torch.manual_seed(0)
    backbone = EfficientNetLite0(last_stride=1).eval()
    levels = LiteLevels().eval()
    own = levels.state_dict()
    levels.load_state_dict({key: value for key, value in backbone.state_dict().items() if key in own})
    images, kept = torch.randn(2, 3, 64, 32), []
    for place in (4, 10, 14):
        backbone._blocks[place].register_forward_hook(lambda _, __, output: kept.append(output))
    with torch.no_grad():
        backbone(images)
        found = levels(images)
    assert tuple(level.shape[1] for level in found) == CHANNELS
    assert all(torch.equal(one, other) for one, other in zip(found, kept, strict=True))


def test_imagenets_weights_are_those_of_the_backbone() -> None:
    needs("pretrained")
    backbone = build_backbone("efficientnet_lite0", "imagenet").state_dict()
    own = LiteLevels("imagenet").state_dict()
    assert all(torch.equal(value, backbone[key]) for key, value in own.items())
