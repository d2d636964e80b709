import pytest
import torch
from models.made_calibration import a_calibration
from models.ready_model import colours, ready_model
from torch import Tensor, nn

from ccreid.errors import BadValueError
from ccreid.models import build_model
from ccreid.models.adaptation import adapt_model
from ccreid.models.network import ReIDNetwork, ReIDOutput
from ccreid.models.reid_model import ReIDModel
from ccreid.recipe import Recipe


class MeanColour(ReIDNetwork):
    """The mean colour, standardised."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(3, affine=False)
        self.fixed = nn.BatchNorm1d(3)

    def train(self, mode: bool = True) -> "MeanColour":
        super().train(mode)
        self.fixed.eval()
        return self

    def forward(self, images: Tensor) -> ReIDOutput:
        feature = self.norm(self.fixed(images.mean((2, 3))))
        return ReIDOutput((), (), feature)


@pytest.mark.parametrize("count", [2, 33, 70])
def test_the_images_features_have_mean_zero_and_variance_one_afterwards(count: int) -> None:
    model = ready_model(MeanColour())
    images = colours(count, 180, 256)
    adapted = adapt_model(model, images)
    normalised = torch.stack([torch.tensor(image[0, 0]) for image in images]) / 255
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    seen = (normalised - mean) / deviation
    norm = adapted.network.norm
    assert isinstance(norm, nn.BatchNorm1d)
    assert norm.running_mean is not None and norm.running_var is not None
    torch.testing.assert_close(norm.running_mean, seen.mean(0), rtol=0, atol=0.01)
    # Each batch has a mean of its own, so that the variance within batches is a little below that of all.
    assert (0.8 * seen.var(0, correction=0) < norm.running_var).all()
    assert (norm.running_var < 1.5 * seen.var(0)).all()
    assert norm.momentum == nn.BatchNorm1d(3).momentum


def test_the_given_model_and_norms_that_training_keeps_stay_as_they_are() -> None:
    model = ReIDModel(MeanColour(), ready_model(MeanColour()).recipe, "cpu", epoch=7, calibration=a_calibration())
    before = {name: value.clone() for name, value in model.network.state_dict().items()}
    adapted = adapt_model(model, colours(8, 0, 60))
    assert all(torch.equal(value, before[name]) for name, value in model.network.state_dict().items())
    fixed = adapted.network.fixed
    assert isinstance(fixed, nn.BatchNorm1d)
    assert fixed.running_mean is not None
    assert not fixed.running_mean.any()
    assert not adapted.network.training
    assert (adapted.epoch, adapted.calibration) == (7, None)


def test_a_single_image_and_a_network_of_part_maps_are_refused() -> None:
    with pytest.raises(BadValueError, match="1 images are too few"):
        adapt_model(ready_model(MeanColour()), colours(1, 0, 255))
    head = ReIDModel(build_model("head", 4, "resnet18"), Recipe(), "cpu")
    with pytest.raises(BadValueError, match="cannot be adapted"):
        adapt_model(head, colours(4, 0, 255))
