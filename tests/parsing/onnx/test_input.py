from extras import needs

needs("onnx")

from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from parsing.onnx.make_networks import channels, write_merge, write_network

from ccreid.parsing.onnx.input import NetworkInput, read_input
from ccreid.parsing.onnx.parser import onnx_parser
from ccreid.parsing.onnx.settings import read_network_settings


def _entry(network: Path, merge: Path) -> NetworkInput:
    session = onnxruntime.InferenceSession(str(network), providers=["CPUExecutionProvider"])
    return read_input(session, network, merge, read_network_settings(merge).input)


def test_a_letterbox_keeps_the_proportions_and_its_border_is_black(tmp_path: Path) -> None:
    # The label says whether the pixel of the input is black.
    nodes = [
        helper.make_node("ReduceMax", ["images", "axis"], ["brightest"], keepdims=1),
        helper.make_node("Concat", ["half", "brightest"], ["scores"], axis=1),
    ]
    nodes.insert(0, helper.make_node("Constant", [], ["axis"], value_ints=[1]))
    half = helper.make_tensor("half", TensorProto.FLOAT, (1, 1, 8, 8), [0.01] * 64)
    nodes.insert(0, helper.make_node("Constant", [], ["half"], value=half))
    network = write_network(tmp_path / "net.onnx", nodes, (1, 3, 8, 8))
    labels = {"border": "background", "image": "head"}
    white = np.full((40, 10, 3), 255, np.uint8)
    for resize in ("letterbox", "stretch"):
        parser = onnx_parser(network, write_merge(tmp_path / "merge.yaml", labels, resize=resize))
        assert (parser.parse([white])[0] == 1).all()
    entry = _entry(network, write_merge(tmp_path / "merge.yaml", labels, resize="letterbox"))
    pixels, canvas = entry.prepared(white)
    assert canvas.box == (3, 0, 5, 8)
    assert np.array_equal(pixels[0, 0, 0], [0, 0, 0, 1, 1, 0, 0, 0])


def test_pixels_are_brought_to_the_range_and_normalised_in_the_order_of_the_channels(tmp_path: Path) -> None:
    settings = {"range": [-1, 1], "mean": [0.1, 0.2, 0.3], "std": [1, 2, 4], "channels": "BGR"}
    merge = write_merge(tmp_path / "merge.yaml", **settings)
    network = write_network(tmp_path / "net.onnx", [channels()])
    entry = _entry(network, merge)
    image = np.random.default_rng(0).integers(0, 256, (16, 8, 3), dtype=np.uint8)
    pixels, _ = entry.prepared(image)
    assert pixels.shape == (1, 3, 16, 8)
    for channel, (mean, std) in enumerate([(0.1, 1), (0.2, 2), (0.3, 4)]):
        expected = (image[..., 2 - channel] / 255 * 2 - 1 - mean) / std
        np.testing.assert_allclose(pixels[0, channel], expected, atol=1e-6)


def test_a_network_of_bytes_gets_the_pixels_as_they_are(tmp_path: Path) -> None:
    nodes = [helper.make_node("Cast", ["images"], ["scores"], to=TensorProto.FLOAT)]
    network = write_network(
        tmp_path / "net.onnx", nodes, (1, 16, 8, 3), kind=TensorProto.UINT8, outputs={"scores": TensorProto.FLOAT}
    )
    merge = write_merge(tmp_path / "merge.yaml", range=[0, 255])
    image = np.arange(16 * 8 * 3, dtype=np.uint16).reshape(16, 8, 3).astype(np.uint8)
    entry = _entry(network, merge)
    assert np.array_equal(entry.prepared(image)[0][0], image)
    assert np.array_equal(onnx_parser(network, merge).parse([image])[0], image.argmax(axis=2))
