import pytest

from ccreid.errors import BadValueError
from ccreid.models import build_backbone
from ccreid.models.backbones.depth import depths


def test_a_resnets_blocks_are_counted_through_its_stages() -> None:
    names = [name for name, _ in build_backbone("resnet18").named_parameters()]
    found = dict(zip(names, depths(names), strict=True))
    assert found["conv1.weight"] == found["bn1.bias"] == 0
    assert found["layer1.0.conv1.weight"] == 1
    assert found["layer1.1.bn2.weight"] == 2
    assert found["layer2.0.downsample.0.weight"] == found["layer2.0.conv1.weight"] == 3
    assert max(found.values()) == found["layer4.1.bn2.bias"] == 8


def test_what_follows_the_last_block_of_efficientnet_is_deepest() -> None:
    names = [name for name, _ in build_backbone("efficientnet_lite0").named_parameters()]
    found = dict(zip(names, depths(names), strict=True))
    assert found["_conv_stem.weight"] == found["_bn0.weight"] == 0
    assert found["_blocks.15._project_conv.weight"] == 16
    assert found["_conv_head.weight"] == found["_bn1.bias"] == 17


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        # A vision transformer of timm, one of transformers, and a Swin transformer.
        (["model.cls_token", "model.blocks.0.norm1.weight", "model.blocks.1.mlp.fc1.weight"], [0, 1, 2]),
        (
            ["embeddings.cls_token", "encoder.layer.0.mlp.fc1.bias", "encoder.layer.1.mlp.fc1.bias", "layernorm.bias"],
            [0, 1, 2, 3],
        ),
        (
            [
                "embeddings.norm.bias",
                "encoder.layers.0.blocks.0.attention.query.weight",
                "encoder.layers.0.blocks.1.attention.query.weight",
                "encoder.layers.0.downsample.norm.weight",
                "encoder.layers.1.blocks.0.attention.query.weight",
            ],
            [0, 1, 2, 3, 4],
        ),
        (["stem_0.weight", "stages_0.blocks.0.conv_dw.weight", "stages_1.blocks.0.conv_dw.weight"], [0, 1, 2]),
    ],
)
def test_blocks_of_other_packages_are_known(names: list[str], expected: list[int]) -> None:
    assert depths(names) == expected


def test_a_backbone_without_known_blocks_is_refused() -> None:
    with pytest.raises(BadValueError, match=r"no blocks .* \(stem\.weight, 4\.weight, \.\.\.\): set schedule"):
        depths(["stem.weight", "4.weight"])
