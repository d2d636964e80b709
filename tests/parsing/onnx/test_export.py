from extras import needs

needs("onnx")

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from ccreid.errors import BadValueError, MissingExtraError, MissingFileError
from ccreid.parsing.labels import SIX_PARTS
from ccreid.parsing.lite.network import LiteNetwork
from ccreid.parsing.lite.parser import lite_parser
from ccreid.parsing.lite.weights import save_lite
from ccreid.parsing.onnx.export import export_parser
from ccreid.parsing.onnx.parser import onnx_parser
from ccreid.weight_files import WeightsError, write_weights

# A pixel may fall to the other side where two parts' logits differ by less than the two runtimes round: about 1e-5 of
# logits that are some 10 apart. On photos that is less than one pixel in 100,000; ten times that is allowed.
MOST_DIFFERING = 1e-4


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "deep" / "lite.onnx"
    assert export_parser(None, path) == path.with_suffix(".yaml")
    return path


@pytest.mark.slow
def test_the_exported_parser_gives_the_maps_of_our_own(exported: Path) -> None:
    random = np.random.default_rng(0)
    sizes = [(256, 128), (128, 64), (300, 201), (90, 60)]
    images = []
    for height, width in sizes:
        # Smooth fields of colour, in which the parser finds parts of every kind.
        coarse = torch.from_numpy(random.random((1, 3, 6, 4), dtype=np.float32) * 255)
        smooth = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic").clamp(0, 255)
        images.append(smooth[0].permute(1, 2, 0).byte().numpy())
    parser = onnx_parser(exported)
    assert parser.labels == SIX_PARTS
    ours, theirs = lite_parser().parse(images), parser.parse(images)
    assert len(np.unique(np.concatenate([parts.ravel() for parts in ours]))) >= 4
    differing = sum(int((own != their).sum()) for own, their in zip(ours, theirs, strict=True))
    assert differing <= MOST_DIFFERING * sum(own.size for own in ours)


@pytest.mark.slow
def test_the_file_is_a_whole_network_for_any_number_of_images_and_says_nothing_of_this_machine(exported: Path) -> None:
    network = onnx.load(exported)
    onnx.checker.check_model(network, full_check=True)
    shape = network.graph.input[0].type.tensor_type.shape.dim
    assert shape[0].dim_param
    assert [size.dim_value for size in shape[1:]] == [3, 256, 128]
    assert str(Path(__file__).parents[3]).encode() not in exported.read_bytes()
    assert {path.name for path in exported.parent.iterdir()} == {"lite.onnx", "lite.yaml"}


@pytest.mark.slow
def test_a_parser_that_was_trained_is_exported_as_it_is(tmp_path: Path, exported: Path) -> None:
    save_lite(tmp_path / "parser.safetensors", LiteNetwork(), {})
    export_parser(tmp_path / "parser.safetensors", tmp_path / "own.onnx")
    assert onnx_parser(tmp_path / "own.onnx").fingerprint != onnx_parser(exported).fingerprint


def test_what_is_no_parser_is_refused_in_one_sentence(tmp_path: Path) -> None:
    write_weights(tmp_path / "model.safetensors", {"weight": torch.zeros(2)}, {"format": "ccreid-model"})
    for weights, error, message in [
        (tmp_path / "model.safetensors", WeightsError, r"model\.safetensors holds no lite parser"),
        (tmp_path / "nowhere.safetensors", MissingFileError, r"there is no parser file .*nowhere\.safetensors"),
    ]:
        with pytest.raises(error, match=message):
            export_parser(weights, tmp_path / "out.onnx")
    with pytest.raises(BadValueError, match=r"out\.pt does not end in \.onnx: name it out\.onnx"):
        export_parser(None, tmp_path / "out.pt")
    assert not list(tmp_path.glob("out*"))


def test_without_the_extra_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccreid.onnx_writing.find_spec", lambda name: None if name == "onnxscript" else object())
    with pytest.raises(MissingExtraError, match=r"writing ONNX needs onnxscript: pip install 'ccreid\[onnx\]'"):
        export_parser(None, tmp_path / "out.onnx")
