import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from closeness import rounding, summed_terms
from extras import needs
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file

from ccreid.datasets.prcc import PRCC
from ccreid.parsing.labels import SIX_PARTS
from ccreid.parsing.lite.network import LiteNetwork
from ccreid.parsing.lite.parser import HEIGHT, SHIPPED, WIDTH, lite_parser
from ccreid.parsing.lite.weights import load_lite, read_about, save_lite
from ccreid.parsing.parser import Parser
from ccreid.parsing.parser_scores import scorable_images, score_parser
from ccreid.wardrobe.presets import Preset
from ccreid.wardrobe.render import render_wardrobe
from ccreid.weight_files import WeightsError


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = LiteNetwork()
    network(torch.rand(4, 3, 64, 32))
    path = tmp_path_factory.mktemp("saved") / "parser.safetensors"
    save_lite(path, network, {"trained_on": "nothing"})
    return path


@pytest.fixture(scope="module")
def parser(saved: Path) -> Parser:
    return lite_parser(saved)


def _image(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """A picture of a few coarse blocks, so that its map has several parts."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 4, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BILINEAR))


@given(st.integers(1, 300), st.integers(1, 200))
@settings(max_examples=8)
def test_a_map_has_the_size_of_its_image_and_holds_parts(parser: Parser, height: int, width: int) -> None:
    (parts,) = parser.parse([_image(height, width)])
    assert parts.shape == (height, width)
    assert parts.dtype == np.uint8
    assert parts.max() < len(SIX_PARTS)


def test_a_map_is_the_argmax_of_the_plain_networks_logits(parser: Parser, saved: Path) -> None:
    image = _image(HEIGHT, WIDTH)
    network = load_lite(saved)
    with torch.no_grad():
        logits = network(torch.from_numpy(image.copy()).permute(2, 0, 1)[None] / 255)[0]
    expected = logits.argmax(0).numpy()
    differing = parser.parse([image])[0] != expected
    # Folding the batch norms rounds differently, where two parts are as likely.
    best, second = logits.topk(2, dim=0).values
    allowed = 2 * rounding(float(logits.abs().max()), terms=summed_terms(network))
    assert (best - second).numpy()[differing].max(initial=0) <= allowed
    assert len(np.unique(expected)) > 1


def test_a_map_does_not_depend_on_the_company(parser: Parser) -> None:
    images = [_image(60 + 9 * i, 40 + 5 * i, seed=i) for i in range(5)]
    together = parser.parse(images)
    for image, parts in zip(reversed(images), reversed(together), strict=True):
        assert np.array_equal(parser.parse([image])[0], parts)
    assert parser.parse([]) == []


def test_its_labels_are_the_six_parts_and_its_fingerprint_is_the_files(parser: Parser, saved: Path) -> None:
    assert parser.name == "lite"
    assert parser.labels == SIX_PARTS
    assert parser.fingerprint == hashlib.sha256(saved.read_bytes()).hexdigest()


@pytest.mark.parametrize("image", [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3)), np.zeros((0, 8, 3), np.uint8)])
def test_what_is_no_image_is_refused(parser: Parser, image: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match=r"expected RGB, uint8 \(height, width, 3\)"):
        parser.parse([image])


def test_convolutions_are_stored_in_half_precision_and_variances_are_not(saved: Path) -> None:
    weights = load_file(saved)
    assert weights["head.weight"].dtype == torch.float16
    assert {value.dtype for key, value in weights.items() if key.endswith("running_var")} == {torch.float32}
    assert not any(key.endswith("num_batches_tracked") for key in weights)
    assert read_about(saved)["trained_on"] == "nothing"
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no parser file .*nowhere"):
        lite_parser(tmp_path / "nowhere")


def test_a_truncated_file_is_named(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(saved.read_bytes()[:1000])
    with pytest.raises(WeightsError, match=r"a\.safetensors is not a whole safetensors file"):
        lite_parser(tmp_path / "a.safetensors")


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "a.safetensors")
    with pytest.raises(WeightsError, match=r"a\.safetensors holds no lite parser"):
        lite_parser(tmp_path / "a.safetensors")


def test_another_versions_file_is_refused_by_a_weight_that_differs(saved: Path, tmp_path: Path) -> None:
    weights = load_file(saved)
    del weights["head.bias"]
    save_file(weights, tmp_path / "a.safetensors", metadata=read_about(saved))
    with pytest.raises(WeightsError, match=r"1 of its weights differ, such as head\.bias"):
        lite_parser(tmp_path / "a.safetensors")


def test_the_shipped_file_is_small_and_says_what_it_is() -> None:
    about = read_about(SHIPPED)
    assert SHIPPED.stat().st_size < 8e6
    scores = json.loads(about["scores"])
    assert scores["photos"]["mean_iou"] > 0.72
    assert scores["photos"]["person"] > 0.93
    assert scores["rendered"]["mean_iou"] > 0.85
    assert about["trained_on"].startswith("517 photos of ")
    assert len(about["data"]) == 64
    assert about["command"].startswith("ccreid train parser")


@pytest.mark.slow
def test_the_shipped_file_parses_without_being_named() -> None:
    parser = lite_parser()
    assert parser.fingerprint == hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
    # Nobody is in a picture of one colour.
    assert not parser.parse([np.full((90, 40, 3), 120, np.uint8)])[0].any()


@pytest.mark.slow
def test_the_shipped_file_finds_the_parts_of_people_whom_it_has_not_seen(tmp_path: Path) -> None:
    needs("render")
    # Another seed draws other people, places and cameras than those of the data set that it was trained on.
    render_wardrobe(tmp_path / "few", Preset("few", 2, 3, 6, 6, 6, 6), seed=1, workers=1)
    scores = score_parser(lite_parser(), scorable_images(PRCC(tmp_path / "few")))
    assert scores.mean_iou > 0.8
