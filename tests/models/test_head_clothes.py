import pytest
import torch
from closeness import assert_close
from torch import Tensor, nn
from torch.nn import functional

from ccreid.models.head_clothes import HEAD_WEIGHT, HeadClothes
from ccreid.parts import NUM_PARTS, Part


class _Drawn(nn.Module):
    """Parses by colour: red is a head, green upper clothes, blue pants, black background."""

    def forward(self, images: Tensor) -> Tensor:
        logits = torch.full((len(images), NUM_PARTS, *images.shape[2:]), -1.0)
        logits[:, Part.BACKGROUND] = 0.2
        for channel, part in enumerate((Part.HEAD, Part.UPPER_CLOTHES, Part.PANTS)):
            logits[:, part] = images[:, channel] - 0.2
        return logits


def _person(head: bool = True) -> Tensor:
    image = torch.zeros(1, 3, 256, 128)
    if head:
        image[:, 0, 20:60, 50:80] = 1
    image[:, 1, 60:140, 40:90] = 0.9
    image[:, 2, 140:230, 45:85] = 0.8
    return image + 0.02 * torch.rand(image.shape)


def _model() -> HeadClothes:
    torch.manual_seed(0)
    model = HeadClothes(4)
    model.parser = _Drawn()
    return model


def _network_input(model: HeadClothes, image: Tensor) -> Tensor:
    return (image - model.mean) / model.std


def test_the_feature_is_the_heads_and_three_of_clothes_each_of_one_length() -> None:
    model = _model().eval()
    output = model(_network_input(model, _person()))
    head, *clothes = output.feature.split([688, 256, 256, 256], dim=1)
    assert head.norm().item() == pytest.approx(HEAD_WEIGHT, rel=1e-5)
    assert (len(output.embeddings), len(output.logits)) == (3, 1)
    for feature, embedding in zip(clothes, output.embeddings, strict=True):
        assert_close(feature, functional.normalize(embedding), terms=256)


def test_a_person_without_a_head_is_searched_by_clothes_and_an_empty_image_by_nothing() -> None:
    model = _model().eval()
    feature = model(_network_input(model, torch.cat([_person(head=False), torch.zeros(1, 3, 256, 128)]))).feature
    assert not feature[0, :688].any()
    assert feature[0, 688:].any()
    assert not feature[1].any()


def test_other_clothes_leave_the_heads_feature_as_it_is() -> None:
    model = _model().eval()
    one, other = _person(), _person()
    other[:, :, :60] = one[:, :, :60]
    # The lowest rows of the head's crop show the collar; all that is pooled is of the head.
    model.levels = _Blocks()
    model.head = nn.Identity()
    features = model(_network_input(model, torch.cat([one, other]))).feature
    assert_close(features[0, :688], features[1, :688], terms=688)
    assert not torch.allclose(features[0, 688:], features[1, 688:])


class _Blocks(nn.Module):
    """Levels whose pixels see nothing beside their own block of 8 or 16 pixels."""

    def forward(self, images: Tensor) -> list[Tensor]:
        levels = []
        for size, channels in ((8, 40), (16, 112), (16, 192)):
            mean = functional.avg_pool2d(images, size)
            levels.append(mean[:, :1].expand(-1, channels, -1, -1) * torch.linspace(1, 2, channels).view(1, -1, 1, 1))
        return levels


def test_training_moves_the_clothes_layers_alone() -> None:
    model = _model().train()
    assert not model.levels.training
    before = {key: value.clone() for key, value in model.state_dict().items()}
    images = _network_input(model, torch.cat([_person(), _person(), _person(head=False), _person()]))
    optimizer = torch.optim.SGD([weight for weight in model.parameters() if weight.requires_grad], lr=1.0)
    output = model(images)
    loss = functional.cross_entropy(output.logits[0], torch.arange(4))
    (loss + sum(embedding.square().mean() for embedding in output.embeddings)).backward()
    optimizer.step()
    changed = {key.split(".")[0] for key, value in model.state_dict().items() if not torch.equal(value, before[key])}
    assert changed == {"head", "clothes", "neck", "classifier"}


def test_larger_images_show_more_of_the_head_and_the_same_clothes() -> None:
    model = _model().eval()
    small = _person()
    large = functional.interpolate(small, scale_factor=2, mode="nearest")
    one, other = (model(_network_input(model, image)).feature for image in (small, large))
    assert functional.cosine_similarity(one[:, 688:], other[:, 688:]).item() > 0.95
