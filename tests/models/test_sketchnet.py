import pytest
import torch
from closeness import assert_close

from ccreid.models import SketchNet


def _model() -> SketchNet:
    torch.manual_seed(0)
    return SketchNet(7, "resnet18").eval()


def test_both_nets_have_an_embedding_logits_and_a_share_of_the_feature() -> None:
    output = _model()(torch.randn(2, 3, 64, 32))
    assert [embedding.shape for embedding in output.embeddings] == [(2, 512), (2, 512)]
    assert [logits.shape for logits in output.logits] == [(2, 7)] * 2
    lengths = [part.norm(dim=1) for part in output.feature.split([512, 512], dim=1)]
    assert_close(torch.stack(lengths), torch.ones(2, 2), terms=512)


def test_the_partner_of_a_sketch_is_its_mirror_image() -> None:
    model = _model()
    seen = []
    model.sketch_net.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model.partner_net.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    images = torch.randn(2, 3, 64, 32)
    model(images)
    assert torch.equal(seen[0], images)
    assert torch.equal(seen[1], images.flip(3))


@pytest.mark.slow
def test_the_nets_have_weights_of_their_own_and_only_the_joint_feature_sees_both() -> None:
    model = _model()
    images = torch.randn(2, 3, 64, 32)
    before = model(images).embeddings
    with torch.no_grad():
        model.partner_net.conv1.weight.mul_(2)  # type: ignore[union-attr, operator]
    after = model(images).embeddings
    assert torch.equal(before[0], after[0])
    assert not torch.equal(before[1], after[1])
