import pytest
import torch
from closeness import assert_close, rounding, summed_terms
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from ccreid.explain.cam import class_activation_map, grad_cam, likeness, over_image, top_identity
from ccreid.explain.cam_layer import find_cam_layer
from ccreid.models import SYSTEMS, Baseline, ReIDOutput, build_model
from ccreid.parts import Part

IMAGES = torch.randn(3, 3, 64, 32, generator=torch.Generator().manual_seed(0))


def _trained_looking(model: nn.Module) -> nn.Module:
    """Give batch norms other than their first values, so that folding them by mistake shows."""
    generator = torch.Generator().manual_seed(1)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_(generator=generator)
            module.running_var.uniform_(0.5, 2, generator=generator)
            if module.weight is not None:
                module.weight.data.uniform_(0.5, 2, generator=generator)
    for name, weight in model.named_parameters():
        if "classifier" in name:
            weight.data.normal_(generator=generator)
    return model.eval().requires_grad_(False)


def _baseline() -> Baseline:
    torch.manual_seed(0)
    model = _trained_looking(Baseline(5, "resnet18"))
    assert isinstance(model, Baseline)
    return model


def cam_in_plain_loops(model: Baseline, images: Tensor) -> list[list[list[float]]]:
    """Zhou et al., Eq. (2), with BNNeck's scale in the weights of the most likely class."""
    maps = model.backbone(images)
    classes = model(images).logits[0].argmax(dim=1).tolist()
    scale = [
        float(gamma) / (float(variance) + model.bnneck.eps) ** 0.5
        for gamma, variance in zip(model.bnneck.weight, model.bnneck.running_var, strict=True)
    ]
    result = []
    for image, chosen in zip(maps.tolist(), classes, strict=True):
        rows, columns = len(image[0]), len(image[0][0])
        cam = [[0.0] * columns for _ in range(rows)]
        for channel, values in enumerate(image):
            weight = float(model.classifier.weight[chosen, channel]) * scale[channel]
            for row in range(rows):
                for column in range(columns):
                    cam[row][column] += weight * values[row][column]
        result.append(cam)
    return result


def test_it_is_cam_divided_by_the_number_of_places() -> None:
    model = _baseline()
    plain = torch.tensor(cam_in_plain_loops(model, IMAGES))
    got = class_activation_map(model, model.backbone, [IMAGES], top_identity)
    assert got.shape == (3, 4, 2)
    assert_close(got, plain / 8, terms=2 * summed_terms(model))  # forwards and backwards


def test_grad_cam_is_the_positive_part_of_cam_under_average_pooling() -> None:
    model = _baseline()

    def worst(output: ReIDOutput) -> Tensor:  # a class that some places speak against
        return output.logits[0].amin(dim=1)

    cam = class_activation_map(model, model.backbone, [IMAGES], worst)
    assert cam.lt(0).any()
    got = grad_cam(model, model.backbone, [IMAGES], worst)
    assert_close(got, cam.clamp_min(0), terms=2 * summed_terms(model))


def test_cam_adds_up_to_the_logit_without_its_constant() -> None:
    model = _baseline()
    constant = model.classifier(model.bnneck(torch.zeros(1, 512)))[0]
    logits = model(IMAGES).logits[0]
    got = class_activation_map(model, model.backbone, [IMAGES], top_identity).sum((1, 2))
    expected = logits.amax(1) - constant[logits.argmax(1)]
    assert_close(got, expected, terms=2 * summed_terms(model), scale=float(logits.abs().max() + constant.abs().max()))


def test_likeness_adds_up_to_the_scalar_product_without_its_constant() -> None:
    model = _baseline()
    others = functional.normalize(torch.randn(3, 512, generator=torch.Generator().manual_seed(2)))
    constant = model.bnneck(torch.zeros(1, 512))
    expected = ((model(IMAGES).feature - constant) * others).sum(1)
    got = class_activation_map(model, model.backbone, [IMAGES], likeness(others)).sum((1, 2))
    assert_close(got, expected, terms=2 * summed_terms(model))


def test_under_max_pooling_only_the_maxima_count() -> None:
    class Largest(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Identity()

        def forward(self, images: Tensor) -> ReIDOutput:
            feature = self.layer(images).amax((2, 3))
            return ReIDOutput((feature,), (feature.sum(1, keepdim=True),), feature)

    model = Largest()
    got = class_activation_map(model, model.layer, [IMAGES], top_identity, rows=64)
    expected = torch.zeros_like(got)
    for image in range(3):
        for channel in range(3):
            values = IMAGES[image, channel]
            row, column = divmod(int(values.argmax()), 32)
            expected[image, row, column] += values[row, column]
    assert_close(got, expected, terms=3)


# The face has no classifier, and its embedding no gradient.
@pytest.mark.slow
@pytest.mark.parametrize("system", [system for system in SYSTEMS if system != "face"])
def test_every_system_has_maps_of_its_images(system: str) -> None:
    torch.manual_seed(0)
    model = _trained_looking(build_model(system, 5, "resnet18", last_stride=2))
    heads = torch.zeros(3, 64, 32, dtype=torch.uint8)
    heads[:, 4:20, 8:24] = Part.HEAD
    inputs = [IMAGES, heads] if model.reads_parts == "always" else [IMAGES]
    layer = find_cam_layer(model, [one[:1] for one in inputs], 16)
    for explain in (class_activation_map, grad_cam):
        maps = explain(model, layer, inputs, top_identity)
        assert maps.shape == (3, 16, 8)
        assert maps.isfinite().all()
        assert maps.abs().sum((1, 2)).gt(0).all()
        if system == "head_clothes":  # in noise a pixel is on the border of two parts, and rounding decides whose it is
            continue
        alone = explain(model, layer, [one[1:2] for one in inputs], top_identity)[0]
        assert_close(alone, maps[1], terms=2 * summed_terms(model))


def test_cells_of_a_finer_map_are_added_up() -> None:
    torch.manual_seed(0)
    model = _trained_looking(build_model("baseline", 5, "resnet18"))
    fine = class_activation_map(model, None, [IMAGES], top_identity, rows=64)
    coarse = class_activation_map(model, None, [IMAGES], top_identity)
    assert fine.shape == (3, 64, 32)
    for row, column in ((0, 0), (5, 3), (15, 7)):
        block = fine[:, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
        assert_close(coarse[:, row, column], block.sum((1, 2)), terms=16, scale=float(block.abs().sum((1, 2)).max()))


def test_a_map_leaves_the_model_as_it_was() -> None:
    model = _baseline()
    before = model(IMAGES).feature
    class_activation_map(model, model.backbone, [IMAGES], top_identity)
    assert not any(module._forward_hooks for module in model.modules())
    assert torch.equal(model(IMAGES).feature, before)


def test_a_model_without_a_classifier_is_refused() -> None:
    with pytest.raises(ValueError, match="no classifier"):
        top_identity(ReIDOutput((), (), torch.zeros(1, 2)))


@given(st.integers(0, 2**32), st.sampled_from([(4, 2), (16, 8), (5, 3)]))
def test_over_the_image_nothing_is_negative_nor_above_the_largest(seed: int, size: tuple[int, int]) -> None:
    maps = torch.randn(2, *size, generator=torch.Generator().manual_seed(seed))
    shown = over_image(maps, 64, 32)
    assert shown.shape == (2, 64, 32)
    assert shown.min() >= 0
    assert shown.max() <= maps.clamp_min(0).max() + rounding(float(maps.abs().max()))
