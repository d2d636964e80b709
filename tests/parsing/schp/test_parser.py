from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from parsing.schp.published_schp import blank_weights, random_weights
from parsing.schp.slow_warp import crop_matrix, warp
from safetensors.torch import save_file
from torch import Tensor

from ccreid.parsing.labels import ATR, LIP, PASCAL
from ccreid.parsing.parser import Parser
from ccreid.parsing.schp.checkpoints import PUBLISHED, SCHPDataset
from ccreid.parsing.schp.network import SCHPNetwork
from ccreid.parsing.schp.parser import schp_parser
from ccreid.weight_files import WeightsError

pytestmark = pytest.mark.slow

SIZE = 64


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ATR's file as published: in the format of its year, under `state_dict`, with the prefix."""
    path = tmp_path_factory.mktemp("schp") / "atr.pth"
    _publish(random_weights(18), path)
    return path


@pytest.fixture(scope="module")
def parser(checkpoint: Path) -> Parser:
    return schp_parser("atr", checkpoint, batch=2, input_size=SIZE)


def _publish(state: dict[str, Tensor], path: Path) -> None:
    content = {"epoch": 150, "state_dict": {f"module.{key}": value for key, value in state.items()}}
    torch.save(content, path, _use_new_zipfile_serialization=False)


def _image(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """Draw an image of large patches of colour."""
    patches = np.random.default_rng(seed).integers(0, 256, (-(-height // 8), -(-width // 8), 3), dtype=np.uint8)
    return patches.repeat(8, axis=0).repeat(8, axis=1)[:height, :width]


@pytest.mark.parametrize(
    ("dataset", "labels", "input_size"), [("atr", ATR, 512), ("lip", LIP, 473), ("pascal", PASCAL, 512)]
)
def test_a_checkpoint_of_each_data_set_loads(
    tmp_path: Path, dataset: SCHPDataset, labels: tuple[str, ...], input_size: int
) -> None:
    _publish(blank_weights(len(labels)), tmp_path / "a.pth")
    found = schp_parser(dataset, tmp_path / "a.pth")
    assert (found.name, found.labels) == (f"schp-{dataset}", labels)
    assert PUBLISHED[dataset].input_size == input_size


@pytest.mark.slow
def test_each_map_is_of_its_images_size_and_independent_of_the_others(parser: Parser) -> None:
    sizes = [(90, 40), (1, 1), (33, 80)]
    images = [_image(height, width, seed) for seed, (height, width) in enumerate(sizes)]
    maps = parser.parse(images)
    assert [labels.shape for labels in maps] == sizes
    assert all(labels.dtype == np.uint8 and labels.max() < 18 for labels in maps)
    assert len(np.unique(maps[0])) > 2
    for place, (image, labels) in enumerate(zip(images, maps, strict=True)):
        # At the same place of its pass of two: at the other one, another order of the sums may decide between labels.
        company = [_image(20, 30, seed=9)] * (place % 2)
        assert np.array_equal(parser.parse([*company, image])[-1], labels)


def test_no_images_give_no_maps(parser: Parser) -> None:
    assert parser.parse([]) == []


def test_an_image_that_cannot_be_written_to_or_is_mirrored_is_parsed_as_any_other(parser: Parser) -> None:
    image = _image(40, 30, seed=1)
    mirrored = image[:, ::-1].copy()[:, ::-1]
    mirrored.flags.writeable = False
    assert np.array_equal(parser.parse([mirrored])[0], parser.parse([image])[0])


@pytest.mark.slow
def test_it_computes_the_authors_steps(checkpoint: Path, parser: Parser) -> None:
    state = torch.load(checkpoint, weights_only=True)["state_dict"]
    network = SCHPNetwork(18)
    network.load_state_dict({key.removeprefix("module."): value for key, value in state.items()})
    image = _image(60, 35, seed=0)
    matrix = crop_matrix(60, 35, SIZE)
    planes = []
    for colour, mean, deviation in ((2, 0.406, 0.225), (1, 0.456, 0.224), (0, 0.485, 0.229)):
        crop = warp(image[:, :, colour].astype(np.float64), matrix, SIZE, SIZE).round()
        planes.append((crop / 255 - mean) / deviation)
    with torch.no_grad():
        logits = network.eval()(torch.from_numpy(np.stack(planes)[None]).float())[0].double().numpy()
    quarter_to_input = np.array([[(SIZE - 1) / (SIZE // 4 - 1), 0, 0], [0, (SIZE - 1) / (SIZE // 4 - 1), 0]])
    input_to_image = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    large = [warp(plane, quarter_to_input, SIZE, SIZE) for plane in logits]
    expected = np.argmax([warp(plane, input_to_image, 60, 35) for plane in large], axis=0)
    found = parser.parse([image])[0]
    assert len(np.unique(expected)) > 2
    assert (found == expected).mean() > 0.995  # all but where two logits are equal up to rounding


def _save_plain(state: dict[str, Tensor], path: Path) -> None:
    torch.save(state, path)


def _save_with_batch_counters(state: dict[str, Tensor], path: Path) -> None:
    _publish({**state, "bn1.num_batches_tracked": torch.tensor(7)}, path)


@pytest.mark.slow
@pytest.mark.parametrize("save", [_save_plain, _save_with_batch_counters])
def test_the_same_weights_saved_anew_give_the_same_maps(tmp_path: Path, parser: Parser, save: object) -> None:
    assert callable(save)
    save(random_weights(18), tmp_path / "a.pth")
    image = _image(50, 30, seed=2)
    again = schp_parser("atr", tmp_path / "a.pth", batch=2, input_size=SIZE)
    assert np.array_equal(again.parse([image])[0], parser.parse([image])[0])


def test_a_safetensors_file_of_half_precision_loads(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    weights = {key: value.half().contiguous() for key, value in blank_weights(7).items()}
    weights["fushion.3.bias"][5] = 1
    save_file(weights, path)
    found = schp_parser("pascal", path, input_size=32).parse([_image(20, 10, seed=0)])[0]
    path.unlink()  # 134 MB
    assert (found == 5).all()


def test_the_fingerprint_is_of_content_data_set_and_input_size(tmp_path: Path, checkpoint: Path) -> None:
    first = schp_parser("atr", checkpoint, input_size=SIZE).fingerprint
    moved = tmp_path / "moved.pth"
    moved.write_bytes(checkpoint.read_bytes())
    assert len(first) == 64
    assert schp_parser("atr", moved, batch=3, input_size=SIZE).fingerprint == first
    assert schp_parser("atr", moved, input_size=SIZE + 1).fingerprint != first
    _publish(blank_weights(18), moved)
    assert schp_parser("atr", moved, input_size=SIZE).fingerprint != first


WHERE = r"exp-schp-201908301523-atr\.pth.*github\.com/GoGoDuck912/Self-Correction-Human-Parsing"


def test_a_missing_file_is_named_and_where_to_get_it() -> None:
    with pytest.raises(WeightsError, match=rf"no weights file nowhere\.pth.*{WHERE}"):
        schp_parser("atr", Path("nowhere.pth"))


def test_a_file_cut_short_is_named_and_where_to_get_it(tmp_path: Path, checkpoint: Path) -> None:
    whole = checkpoint.read_bytes()
    (tmp_path / "a.pth").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match=rf"a\.pth cannot be read as weights.*{WHERE}"):
        schp_parser("atr", tmp_path / "a.pth")


def test_a_checkpoint_of_another_data_set_is_refused_by_its_shapes(tmp_path: Path) -> None:
    _publish(blank_weights(20), tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=rf"does not fit SCHP's network for atr .*{WHERE}") as raised:
        schp_parser("atr", tmp_path / "a.pth")
    assert "4 of another shape: decoder.conv4.bias (20,) instead of (18,)" in str(raised.value)


def test_missing_and_unknown_keys_are_counted_and_the_first_ones_named(tmp_path: Path) -> None:
    weights = {key: value for key, value in blank_weights(18).items() if not key.startswith("edge.")}
    _publish({**weights, "fc.weight": torch.zeros(1000, 2048)}, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=rf"a\.pth does not fit .*{WHERE}") as raised:
        schp_parser("atr", tmp_path / "a.pth")
    assert "19 missing: edge.conv1.0.weight (256, 256, 1, 1), edge.conv1.1.bias (256,)" in str(raised.value)
    assert "1 unknown: fc.weight (1000, 2048)" in str(raised.value)
    assert len(str(raised.value)) < 700
