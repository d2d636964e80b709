from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from closeness import assert_close, summed_terms
from models.made_calibration import a_calibration
from models.ready_model import ready_model
from PIL import Image
from torch import Tensor

from ccreid.datasets.decoding import ImageError
from ccreid.datasets.part_maps import PartMapError, write_parts
from ccreid.errors import BadValueError, CcreidError, MissingFileError
from ccreid.models import Face, build_model
from ccreid.models.calibration import NotCalibratedError
from ccreid.models.network import ReIDNetwork, ReIDOutput
from ccreid.models.reid_model import ReIDModel
from ccreid.recipe import DataRecipe, ModelRecipe, Recipe

PIXELS = 32 * 16  # of an image as the models here take it


class MeanColour(ReIDNetwork):
    """Its feature is the mean colour, on the side of the image's middle that is not cut off by flipping."""

    def forward(self, images: Tensor) -> ReIDOutput:
        return ReIDOutput((), (), images.mean((2, 3)))


class Nothing(ReIDNetwork):
    """It finds nothing in any image."""

    def forward(self, images: Tensor) -> ReIDOutput:
        return ReIDOutput((), (), torch.zeros(len(images), 3))


class PartColour(ReIDNetwork):
    """Its feature is the sum of the colours of the pants."""

    reads_parts = "always"

    def forward(self, images: Tensor, parts: Tensor) -> ReIDOutput:
        return ReIDOutput((), (), (images * (parts == 3)[:, None]).sum((2, 3)))


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Five photos in plain colours, as files that keep every pixel."""
    random = np.random.default_rng(0)
    paths = [tmp_path / f"{index}.png" for index in range(5)]
    for path in paths:
        Image.new("RGB", (20, 40), tuple(random.integers(0, 256, 3).tolist())).save(path)
    return paths


def _small_model() -> ReIDModel:
    torch.manual_seed(0)
    recipe = Recipe(name="small", model=ModelRecipe(backbone="resnet18"), data=DataRecipe(height=32, width=16))
    return ReIDModel(build_model("baseline", 5, "resnet18"), recipe, "cpu", epoch=3)


def test_paths_pillow_images_and_arrays_of_one_photo_have_one_feature(photos: list[Path]) -> None:
    model = ready_model(MeanColour())
    with Image.open(photos[0]) as image:
        opened = image.copy()
    sources = [photos[0], str(photos[0]), opened, opened.convert("RGBA"), np.array(opened)]
    features = model.embed(sources)
    assert features.dtype == np.float32
    assert_close(features, np.tile(features[0], (5, 1)), terms=PIXELS)
    assert_close(model.embed(photos[0]), features[:1], terms=PIXELS)
    assert np.linalg.norm(features, axis=1) == pytest.approx(1)


def test_an_iterator_is_read_no_further_ahead_than_a_few_batches(photos: list[Path]) -> None:
    drawn, seen = 0, []

    class Watching(MeanColour):
        def forward(self, images: Tensor) -> ReIDOutput:
            seen.append(drawn)
            return super().forward(images)

    def stream() -> Iterator[Path]:
        nonlocal drawn
        for _ in range(100):
            drawn += 1
            yield photos[drawn % 5]

    assert len(ready_model(Watching()).embed(stream(), batch_size=2)) == 100
    assert seen[0] <= 12
    assert seen[-1] == 100


@pytest.mark.parametrize("batch_size", [1, 2, 5, 64])
def test_the_size_of_a_batch_does_not_matter(photos: list[Path], batch_size: int) -> None:
    model = ready_model(MeanColour())
    assert_close(model.embed(photos, batch_size=batch_size), model.embed(photos), terms=PIXELS)


@pytest.mark.slow
def test_the_network_stays_as_it_was(photos: list[Path]) -> None:
    model = _small_model()
    network = model.network.train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    model.embed(photos)
    assert network.training
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


@pytest.mark.slow
def test_features_are_those_of_the_network_in_evaluation_mode(photos: list[Path]) -> None:
    model = _small_model()
    found = model.embed(photos)
    images = torch.stack([torch.from_numpy(np.array(Image.open(path).resize((16, 32)))) for path in photos])
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    pixels = ((images.double() / 255 - mean) / std).permute(0, 3, 1, 2)
    network = model.network.double().eval()
    with torch.no_grad():
        feature = network(pixels).feature + network(pixels.flip(3)).feature
    expected = torch.nn.functional.normalize(feature).numpy()
    assert_close(found, expected, terms=summed_terms(network))


def test_what_is_no_image_is_named(photos: list[Path], tmp_path: Path) -> None:
    model = ready_model(MeanColour())
    (tmp_path / "notes.jpg").write_text("no picture")
    with pytest.raises(ImageError, match=r"notes\.jpg is broken or no image"):
        model.embed([photos[0], tmp_path / "notes.jpg"])
    with pytest.raises(ImageError, match=r"there is no image .*nowhere"):
        model.embed(tmp_path / "nowhere.jpg")
    with pytest.raises(ImageError, match=r"image 1 is an array of float64 with shape \(4, 2, 3\)"):
        model.embed([photos[0], np.zeros((4, 2, 3))])  # type: ignore[list-item]  # what is tested
    with pytest.raises(ImageError, match="image 0 is a int"):
        model.embed([7])  # type: ignore[list-item]  # what is tested
    with pytest.raises(BadValueError, match="no images to embed"):
        model.embed([])
    with pytest.raises(BadValueError, match="batch_size is 0"):
        model.embed(photos, batch_size=0)


def test_a_network_that_reads_part_maps_takes_files_and_arrays_of_them(photos: list[Path], tmp_path: Path) -> None:
    model = ready_model(PartColour())
    parts = np.full((40, 20), 3, np.uint8)
    write_parts(tmp_path / "parts.png", parts)
    features = model.embed(photos[:2], parts=[tmp_path / "parts.png", parts])
    assert_close(features, ready_model(MeanColour()).embed(photos[:2]), terms=PIXELS)
    assert not model.embed(photos[0], parts=np.zeros((40, 20), np.uint8)).any()
    with pytest.raises(PartMapError, match="reads part maps beside the images"):
        model.embed(photos)
    with pytest.raises(PartMapError, match="only 2 part maps"):
        model.embed(photos, parts=[parts, parts])
    with pytest.raises(PartMapError, match=r"part map 0: a part map holds 9"):
        model.embed(photos[0], parts=parts * 3)


def test_a_network_that_reads_images_as_they_are_gets_them_one_at_a_time(photos: list[Path]) -> None:
    sizes = []

    def embedding(image: np.ndarray) -> np.ndarray:
        sizes.append(image.shape)
        return np.resize(image[0, 0], 128).astype(np.float64)

    ready_model(Face(embedding)).embed([photos[0], np.zeros((7, 5, 3), np.uint8)])
    assert list(dict.fromkeys(sizes)) == [(40, 20, 3), (7, 5, 3)]


def test_similarity_is_the_cosine_and_0_where_nothing_was_found() -> None:
    model = ready_model(MeanColour())
    similarity = model.similarity([[3.0, 4.0], [0.0, 0.0]], np.array([[6.0, 8.0], [-4.0, 3.0], [-3.0, -4.0]]))
    assert_close(similarity, [[1, 0, -1], [0, 0, 0]], terms=2)
    assert similarity.dtype == np.float32
    assert model.similarity(torch.eye(2), torch.eye(2)).tolist() == [[1, 0], [0, 1]]
    with pytest.raises(BadValueError, match=r"\(2, 2\) and \(1, 3\)"):
        model.similarity(np.eye(2), np.ones((1, 3)))


@pytest.mark.slow
def test_what_is_saved_comes_back_from_its_folder_and_its_file(photos: list[Path], tmp_path: Path) -> None:
    model = _small_model()
    path = model.save_pretrained(tmp_path / "saved")
    for source in (tmp_path / "saved", str(tmp_path / "saved"), path):
        loaded = ReIDModel.from_pretrained(source, "cpu")
        assert (loaded.recipe.name, loaded.size, loaded.epoch) == ("small", (32, 16), 3)
        assert np.array_equal(loaded.embed(photos), model.embed(photos))
    assert [file.name for file in (tmp_path / "saved").iterdir()] == ["model.safetensors"]


def test_a_network_that_is_not_the_recipe_s_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(BadValueError, match=r"is a MeanColour and the recipe's model\.system is 'baseline'"):
        ready_model(MeanColour()).save_pretrained(tmp_path)


def test_a_folder_without_a_model_says_where_one_is(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="give the folder of a run that has ended"):
        ReIDModel.from_pretrained(tmp_path)
    _small_model().save_pretrained(tmp_path / "runs" / "seed0")
    with pytest.raises(CcreidError, match=r"no model\.safetensors in .*runs: give one of its runs, such as .*seed0"):
        ReIDModel.from_pretrained(tmp_path / "runs")
    with pytest.raises(MissingFileError, match=r"no model file .*nowhere"):
        ReIDModel.from_pretrained(tmp_path / "nowhere")


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadValueError, match="device 'gpu0' cannot be used"):
        ReIDModel(MeanColour(), device="gpu0")


def test_two_photos_are_one_person_from_the_threshold_on(tmp_path: Path) -> None:
    red, pink, blue = (np.full((32, 16, 3), colour, np.uint8) for colour in ((200, 0, 0), (200, 120, 120), (0, 0, 200)))
    model = ready_model(MeanColour())
    similarity = float(model.similarity(model.embed(red), model.embed(pink))[0, 0])
    model.calibration = a_calibration(similarity)
    same = model.same_person(red, pink)
    assert (bool(same), same.threshold, same.fmr) == (True, similarity, 0.01)
    assert "the same person at a false-match rate of 1 %" in str(same)
    assert not model.same_person(red, blue)
    assert not model.same_person(red, pink, fmr=0.001)


def test_where_nothing_is_found_nobody_is_the_same_person() -> None:
    model = ready_model(Nothing())
    model.calibration = a_calibration(-0.5)
    photo = np.zeros((32, 16, 3), np.uint8)
    assert not model.same_person(photo, photo)


def test_a_decision_of_a_model_without_calibration_says_how_to_get_one() -> None:
    with pytest.raises(NotCalibratedError, match=r"small is not calibrated.*ccreid ship RUN OUT"):
        ready_model(MeanColour(), name="small").same_person("a.jpg", "b.jpg")


@pytest.mark.slow
def test_a_calibration_is_saved_with_the_model(tmp_path: Path) -> None:
    model = _small_model()
    model.calibration = a_calibration()
    model.save_pretrained(tmp_path)
    assert ReIDModel.from_pretrained(tmp_path, "cpu").calibration == model.calibration
