from extras import needs

needs("onnx")

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper
from parsing.onnx.make_networks import THREE, channels, greatest, write_merge, write_network
from PIL import Image

from ccreid.errors import BadValueError, CcreidError, MissingExtraError, MissingFileError
from ccreid.parsing.labels import LabelError
from ccreid.parsing.onnx.parser import onnx_parser
from ccreid.parsing.parse_images import parse_images
from ccreid.parsing.parser import ParserError
from ccreid.parsing.tree.parse import parse_tree
from ccreid.weight_files import WeightsError


def _colours(seed: int = 0, height: int = 16, width: int = 8) -> NDArray[np.uint8]:
    """Return an image whose every pixel has one channel that is far above the others."""
    places = np.random.default_rng(seed).integers(0, 3, (height, width))
    return np.where(np.arange(3) == places[..., None], 200, 20).astype(np.uint8)


def _nhwc(path: Path) -> Path:
    return write_network(path, [channels()], (1, 16, 8, 3))


def _turned(path: Path) -> Path:
    """From NCHW to logits of NHWC."""
    return write_network(path, [helper.make_node("Transpose", ["images"], ["scores"], perm=[0, 2, 3, 1])])


@pytest.mark.parametrize(
    "make",
    [
        lambda path: write_network(path, [channels()]),
        lambda path: write_network(path, [channels()], ("n", 3, 16, 8)),
        _nhwc,
        _turned,
        lambda path: write_network(path, [channels()], kind=TensorProto.FLOAT16),
        lambda path: write_network(path, [channels()], kind=TensorProto.DOUBLE),
        lambda path: write_network(path, [greatest(1)], outputs={"labels": TensorProto.INT64}),
        lambda path: write_network(path, [greatest(1, keep=True)], outputs={"labels": TensorProto.INT64}),
        lambda path: write_network(
            path, [greatest(3, keep=True)], (1, 16, 8, 3), outputs={"labels": TensorProto.INT64}
        ),
    ],
)
def test_logits_and_label_maps_in_every_layout_give_the_same_map(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    parser = onnx_parser(make(tmp_path / "net.onnx"), write_merge(tmp_path / "merge.yaml"))
    image = _colours()
    assert parser.labels == tuple(THREE)
    assert np.array_equal(parser.parse([image])[0], image.argmax(axis=2))


def test_any_size_is_given_where_the_file_says_none(tmp_path: Path) -> None:
    network = write_network(tmp_path / "net.onnx", [channels()], (1, 3, "height", "width"))
    parser = onnx_parser(network, write_merge(tmp_path / "merge.yaml", height=16, width=8))
    assert np.array_equal(parser.parse([_colours()])[0], _colours().argmax(axis=2))


@pytest.mark.parametrize("resize", ["stretch", "letterbox"])
@pytest.mark.parametrize("labels", [False, True])
@pytest.mark.parametrize("size", [(64, 32), (60, 90), (9, 5), (1, 1)])
def test_maps_have_their_images_size_and_lie_where_the_image_does(
    tmp_path: Path, resize: str, labels: bool, size: tuple[int, int]
) -> None:
    node = greatest(1) if labels else channels()
    kind = TensorProto.INT64 if labels else TensorProto.FLOAT
    network = write_network(tmp_path / "net.onnx", [node], (1, 3, 64, 64), outputs={node.output[0]: kind})
    parser = onnx_parser(network, write_merge(tmp_path / "merge.yaml", resize=resize))
    # Three fields of one colour each: no resizing moves their borders by more than a pixel of the coarser grid.
    places = np.repeat([[0, 1, 2]], size[0], axis=0)[:, np.arange(size[1]) * 3 // size[1]]
    image = np.where(np.arange(3) == places[..., None], 200, 20).astype(np.uint8)
    found = parser.parse([image])[0]
    assert found.shape == size
    border = np.zeros(size, dtype=bool)
    for shift in range(-3, 4):
        border |= np.roll(places, shift, axis=1) != places
    assert np.array_equal(found[~border], places[~border])


def test_one_of_several_outputs_is_named(tmp_path: Path) -> None:
    outputs = {"other": TensorProto.INT64, "scores": TensorProto.FLOAT}
    network = write_network(tmp_path / "net.onnx", [greatest(1, name="other"), channels()], outputs=outputs)
    with pytest.raises(BadValueError, match=r"has the outputs other, scores: say which in .*such as output: other"):
        onnx_parser(network, write_merge(tmp_path / "merge.yaml"))
    with pytest.raises(BadValueError, match=r"names the output 'score', and .* has other, scores"):
        onnx_parser(network, write_merge(tmp_path / "merge.yaml", output="score"))
    parser = onnx_parser(network, write_merge(tmp_path / "merge.yaml", output="scores"))
    assert np.array_equal(parser.parse([_colours()])[0], _colours().argmax(axis=2))


def test_a_tree_and_images_in_python_get_the_parts_of_the_merge_file(tmp_path: Path) -> None:
    network = _nhwc(tmp_path / "net.onnx")
    write_merge(tmp_path / "net.yaml")
    (tmp_path / "rgb").mkdir()
    Image.fromarray(_colours()).save(tmp_path / "rgb" / "a.png")
    expected = _colours().argmax(axis=2)
    (parts,) = parse_images(_colours(), f"onnx:{network}")
    assert np.array_equal(parts, expected)
    parse_tree(tmp_path / "rgb", tmp_path / "parts", onnx_parser(network), keep_labels=True, overlay=True)
    with Image.open(tmp_path / "parts" / "a.png") as image:
        assert np.array_equal(np.array(image), expected)
    with Image.open(tmp_path / "parts_labels" / "a.png") as image:
        assert np.array_equal(np.array(image), expected)
        assert image.info["ccreid-labels"].split("\n") == list(THREE)
    other = write_merge(tmp_path / "other.yaml", {**THREE, "coat": "pants"})
    (parts,) = parse_images(_colours(), f"onnx:{network}", merge=other)
    assert np.array_equal(parts, np.array([0, 1, 3])[expected])


def test_the_fingerprint_is_of_the_network_and_of_how_it_is_fed_and_not_of_where_it_lies(tmp_path: Path) -> None:
    network, merge = write_network(tmp_path / "a" / "net.onnx", [channels()]), write_merge(tmp_path / "merge.yaml")
    moved = write_network(tmp_path / "b" / "other.onnx", [channels()])
    marks = {onnx_parser(path, merge).fingerprint for path in (network, moved)}
    assert len(marks) == 1
    for settings in ({"range": [0, 255]}, {"channels": "BGR"}, {"resize": "letterbox"}, {"mean": [0, 0, 1]}):
        marks.add(onnx_parser(network, write_merge(merge, **settings)).fingerprint)
    marks.add(onnx_parser(_turned(network), write_merge(merge)).fingerprint)
    assert len(marks) == 6


@pytest.mark.parametrize(
    ("make", "settings", "error", "message"),
    [
        (lambda path: path.write_bytes(b"no"), {}, WeightsError, r"net\.onnx is no network in ONNX that onnxruntime"),
        (lambda path: None, {}, WeightsError, r"there is no ONNX file .*net\.onnx"),
        (
            lambda path: write_network(
                path, [helper.make_node("Add", ["images", "more"], ["scores"])], inputs=("images", "more")
            ),
            {},
            WeightsError,
            r"has 2 inputs \(images, more\), expected one",
        ),
        (lambda path: write_network(path, [channels()], (2, 3, 16, 8)), {}, WeightsError, r"\(2, 3, 16, 8\), expected"),
        (
            lambda path: write_network(path, [channels()], (3, 16, 8)),
            {},
            WeightsError,
            r"\(3, 16, 8\), expected numbers",
        ),
        (
            lambda path: write_network(path, [channels()], kind=TensorProto.INT32),
            {},
            WeightsError,
            r"'images' of tensor\(int32\)",
        ),
        (
            lambda path: write_network(path, [channels()], (1, 4, 16, 8)),
            {},
            BadValueError,
            r"\(1, 4, 16, 8\), which has no 3 channels where the layout is NCHW",
        ),
        (_nhwc, {"layout": "NCHW"}, BadValueError, r"no 3 channels where the layout is NCHW: change input\.layout"),
        (
            _nhwc,
            {"height": 32},
            BadValueError,
            r"input\.height is 32, and .*net\.onnx takes images of 16: leave it out",
        ),
        (
            lambda path: write_network(path, [channels()], (1, 3, "h", "w")),
            {"height": 16},
            BadValueError,
            r"takes images of any width: say in .*merge\.yaml which",
        ),
        (
            _nhwc,
            {"labels": {"background": "background", "coat": "head"}},
            BadValueError,
            r"gives an output of float32 \(1, 16, 8, 3\), and .*merge\.yaml names 2 labels: expected .*\(1, 2, height,",
        ),
        (
            lambda path: write_network(path, [helper.make_node("Flatten", ["images"], ["scores"])]),
            {},
            BadValueError,
            r"gives an output of float32 \(1, 384\)",
        ),
        (
            lambda path: write_network(
                path,
                [helper.make_node("Cast", ["images"], ["scores"], to=TensorProto.STRING)],
                outputs={"scores": TensorProto.STRING},
            ),
            {},
            BadValueError,
            r"gives an output of object",
        ),
    ],
)
def test_a_network_that_does_not_fit_is_one_clear_sentence(
    tmp_path: Path, make: Callable[[Path], object], settings: dict[str, object], error: type[Exception], message: str
) -> None:
    make(tmp_path / "net.onnx")
    with pytest.raises(error, match=message) as raised:
        onnx_parser(tmp_path / "net.onnx", write_merge(tmp_path / "merge.yaml", **settings))  # type: ignore[arg-type]
    assert isinstance(raised.value, CcreidError)
    assert len(str(raised.value).splitlines()) == 1


def test_a_label_that_has_no_name_is_named_once_an_image_has_it(tmp_path: Path) -> None:
    network = write_network(tmp_path / "net.onnx", [greatest(1)], outputs={"labels": TensorProto.INT64})
    parser = onnx_parser(network, write_merge(tmp_path / "merge.yaml", {"background": "background", "coat": "head"}))
    with pytest.raises(ParserError, match=r"gave labels 2 to 2, expected 0\.\.1"):
        parser.parse([np.full((4, 4, 3), (0, 0, 9), np.uint8)])


def test_a_size_that_the_network_cannot_take_is_named(tmp_path: Path) -> None:
    shape = helper.make_tensor("shape", TensorProto.INT64, (4,), [1, 3, 16, 8])
    nodes = [
        helper.make_node("Constant", [], ["shape"], value=shape),
        helper.make_node("Reshape", ["images", "shape"], ["scores"]),
    ]
    network = write_network(tmp_path / "net.onnx", nodes, (1, 3, "h", "w"))
    with pytest.raises(WeightsError, match=r"does not run on an image of 16x9 pixels .*change input\.height"):
        onnx_parser(network, write_merge(tmp_path / "merge.yaml", height=16, width=9))


def test_without_a_merge_file_the_error_says_what_it_is_for(tmp_path: Path) -> None:
    network = _nhwc(tmp_path / "net.onnx")
    with pytest.raises(BadValueError, match=r"net\.onnx needs a merge file, .* beside the network as net\.yaml"):
        onnx_parser(network)
    with pytest.raises(MissingFileError, match=r"there is no merge file .*nowhere\.yaml"):
        onnx_parser(network, tmp_path / "nowhere.yaml")
    (tmp_path / "net.yaml").write_text("bag: background\n")
    with pytest.raises(LabelError, match=r"net\.yaml has no labels"):
        onnx_parser(network)


def test_a_device_without_its_runtime_is_named(tmp_path: Path) -> None:
    network, merge = _nhwc(tmp_path / "net.onnx"), write_merge(tmp_path / "merge.yaml")
    for device in ("auto", "cpu"):
        assert onnx_parser(network, merge, device).name == "onnx"
    with pytest.raises(BadValueError, match="device 'cuda:77' cannot be used"):
        onnx_parser(network, merge, "cuda:77")


def test_without_the_extra_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ccreid\[onnx\]'"):
        onnx_parser(_nhwc(tmp_path / "net.onnx"), write_merge(tmp_path / "merge.yaml"))
