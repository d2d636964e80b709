import pytest
import torch
from torch import Tensor, nn

from ccreid.models import HACNN
from ccreid.models.harmonious_attention import crop_regions


@pytest.fixture
def model() -> HACNN:
    torch.manual_seed(0)
    return HACNN(7).eval()


def _inputs(module: nn.Module) -> list[Tensor]:
    """Return a list that fills with what the module is given."""
    seen: list[Tensor] = []
    module.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    return seen


def test_it_has_a_global_and_a_local_head_of_512(model: HACNN) -> None:
    output = model(torch.randn(2, 3, 80, 32))
    assert [logits.shape for logits in output.logits] == [(2, 7)] * 2
    assert [embedding.shape for embedding in output.embeddings] == [(2, 512)] * 2
    assert output.feature.shape == (2, 1024)


def test_each_half_of_the_feature_has_length_one(model: HACNN) -> None:
    output = model(torch.randn(2, 3, 80, 32))
    for half, embedding in zip(output.feature.chunk(2, dim=1), output.embeddings, strict=True):
        assert torch.allclose(half.norm(dim=1), torch.ones(2), atol=1e-5)
        assert torch.allclose(half * embedding.norm(dim=1, keepdim=True), embedding, atol=1e-4)


def test_at_the_papers_size_maps_and_regions_have_the_papers_sizes(model: HACNN) -> None:
    maps = [_inputs(stage) for stage in model.stages]
    regions = [_inputs(stage) for stage in model.local_stages]
    model(torch.randn(1, 3, 160, 64))
    assert [seen[0].shape[1:] for seen in maps] == [(32, 80, 32), (128, 40, 16), (256, 20, 8)]
    assert [seen[0].shape for seen in regions] == [(4, 32, 24, 28), (4, 128, 12, 14), (4, 256, 6, 7)]


def test_a_region_that_starts_at_the_feet_sees_the_feet(model: HACNN) -> None:
    regions = _inputs(model.local_stages[0])
    model.stem = nn.Identity()  # type: ignore[assignment]  # maps (B, 32, h, w) in place of images
    rows = torch.linspace(0, 1, 80)[:, None].expand(1, 32, 80, 32).clone()
    model(rows)
    means = regions[0].mean(dim=(1, 2, 3))
    # The rows' mean in a region is its middle: (1 + tanh(y)) / 2 of the way down.
    assert torch.allclose(means, (1 + torch.tensor([-0.75, -0.25, 0.25, 0.75]).tanh()) / 2, atol=0.01)


def test_regions_of_the_attended_map_join_the_local_stream(model: HACNN) -> None:
    regions = [_inputs(stage) for stage in model.local_stages]
    images = torch.randn(1, 3, 160, 64)
    model(images)
    out = model.stages[0](model.stem(images))
    attended = out * model.soft_attention[0](out)
    centres = model.hard_attention[1](model.stages[1](attended))
    cut_out = crop_regions(attended, centres, 12, 14)[0]
    assert torch.allclose(regions[1][0], cut_out + model.local_stages[0](regions[0][0]), atol=1e-5)
