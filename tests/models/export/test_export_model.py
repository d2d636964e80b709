"""Exported models: what their files hold, and that none is left that does something else."""

from extras import needs

needs("onnx")

import copy
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from models.ready_model import ready_model
from PIL import Image
from torch import Tensor, nn

from ccreid.augment import Normalise
from ccreid.errors import BadValueError, MissingExtraError
from ccreid.models.export import export_model
from ccreid.models.export.export_model import TOLERANCES, Exported, export_int8, export_onnx, export_torch
from ccreid.models.export.whole_model import ExportError, WholeModel
from ccreid.models.network import ReIDNetwork, ReIDOutput
from ccreid.models.reid_model import ReIDModel

DOCUMENT = Path(__file__).parents[3] / "docs" / "export.md"


class _Colours(ReIDNetwork):
    """A network small enough to be exported in a second: a convolution, its norm, and stripes' means."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)

    def forward(self, images: Tensor) -> ReIDOutput:
        found = self.norm(self.conv(images)).relu()
        feature = torch.stack([found[:, :, :16].mean((2, 3)), found[:, :, 16:].mean((2, 3))], 1).flatten(1)
        return ReIDOutput((feature,), (), feature)


@pytest.fixture(scope="module")
def model() -> ReIDModel:
    torch.manual_seed(0)
    network = _Colours()
    network.norm.running_var.fill_(0.3)  # so that a norm that got lost shows
    network.norm.running_mean.fill_(0.2)
    return ready_model(network.eval())


@pytest.fixture(scope="module")
def in_float32(model: ReIDModel, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The model as ONNX, in a folder that was not there, alone."""
    return export_onnx(model, tmp_path_factory.mktemp("exported") / "deep" / "model.onnx")


@pytest.fixture
def people() -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (5, 32, 16, 3), np.uint8)


def _onnx_features(path: Path, people: Any) -> Any:
    session = onnxruntime.InferenceSession(path)
    return session.run(None, {"images": np.stack(people).transpose(0, 3, 1, 2)})[0]


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_both_formats_give_the_features_of_embed_for_any_number_of_images(
    precision: Any, model: ReIDModel, in_float32: Exported, people: Any, tmp_path: Path
) -> None:
    written = in_float32 if precision == "float32" else export_onnx(model, tmp_path / "half.onnx", precision)
    export_torch(model, tmp_path / "model.pt2", precision)
    program = torch.export.load(tmp_path / "model.pt2").module()
    expected = model.embed(people)
    for count in (1, 5):
        images = np.ascontiguousarray(people[:count].transpose(0, 3, 1, 2))
        for found in (_onnx_features(written.path, people[:count]), program(torch.from_numpy(images)).detach().numpy()):
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, expected[:count], atol=1e-6 if precision == "float32" else 2e-3)
    assert {path.name for path in in_float32.path.parent.iterdir()} == {"model.onnx"}
    assert {path.name for path in tmp_path.iterdir()} <= {"half.onnx", "model.pt2"}


@pytest.mark.slow
def test_the_file_says_how_it_is_fed_and_refuses_images_that_were_normalised(in_float32: Exported, people: Any) -> None:
    written = in_float32
    network = onnx.load(written.path)
    onnx.checker.check_model(network, full_check=True)
    assert "BatchNormalization" not in {node.op_type for node in network.graph.node}
    assert str(Path(__file__).parents[3]).encode() not in written.path.read_bytes()
    session = onnxruntime.InferenceSession(written.path)
    assert session.get_inputs()[0].shape[1:] == [3, 32, 16]
    assert session.get_modelmeta().custom_metadata_map["images"].startswith("uint8 RGB (N, 3, 32, 16)")
    images = torch.from_numpy(people.transpose(0, 3, 1, 2).copy())
    with pytest.raises(Exception, match=r"expected: \(tensor\(uint8\)\)"):
        session.run(None, {"images": Normalise()(images).numpy()})


@pytest.mark.slow
def test_in_8_bits_it_is_smaller_and_near(model: ReIDModel, people: Any, tmp_path: Path) -> None:
    photos = [tmp_path / f"{index}.png" for index in range(len(people))]
    for photo, pixels in zip(photos, people, strict=True):
        Image.fromarray(pixels).save(photo)
    written = export_int8(model, tmp_path / "int8.onnx", photos)
    nodes = {node.op_type for node in onnx.load(written.path).graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= nodes
    found = _onnx_features(written.path, people)
    assert (
        1e-5 < np.linalg.norm(found - model.embed(people), axis=1).max() == pytest.approx(written.difference, abs=1e-5)
    )
    assert written.difference < 0.05
    with pytest.raises(BadValueError, match="there are no photos"):
        export_int8(model, tmp_path / "none.onnx", [])


@pytest.mark.slow
@pytest.mark.parametrize("export", [export_onnx, export_torch])
def test_a_file_that_does_something_else_is_not_written(
    export: Any, model: ReIDModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forgetful(WholeModel):
        """Normalises twice, as peers' files make their users do."""

        def forward(self, images: Tensor) -> Tensor:
            pixels = self.normalise(self.normalise(images))
            feature = self.network(torch.cat([pixels, pixels.flip(-1)])).feature
            count = images.shape[0]
            return nn.functional.normalize(feature[:count] + feature[count:])

    whole = export_model.whole_model(model)
    monkeypatch.setattr(export_model, "whole_model", lambda model, dtype: Forgetful(whole.network).eval())
    path = tmp_path / ("model.onnx" if export is export_onnx else "model.pt2")
    with pytest.raises(ExportError, match=r"was not written: its features in float32 are up to 0\.\d+ from PyTorch's"):
        export(model, path)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_features_that_are_no_numbers_are_not_written(model: ReIDModel, tmp_path: Path) -> None:
    network = copy.deepcopy(model.network)
    # Beyond what float16 holds, and well within float32.
    with torch.no_grad():
        network.conv.weight.mul_(1e7)
    with pytest.raises(ExportError, match="in float16 are up to nan from"):
        export_onnx(ready_model(network), tmp_path / "model.onnx", "float16")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_what_an_exporter_does_not_know_is_one_line(model: ReIDModel, tmp_path: Path) -> None:
    class Undecided(_Colours):
        def forward(self, images: Tensor) -> ReIDOutput:
            return super().forward(images if images.mean() > 0 else -images)

    model = ready_model(Undecided().eval())
    for export, name in ((export_onnx, "model.onnx"), (export_torch, "model.pt2")):
        with pytest.raises(ExportError, match="baseline cannot be exported: ") as raised:
            export(model, tmp_path / name)
        assert len(str(raised.value).splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_tolerances_grow_with_the_rounding() -> None:
    assert TOLERANCES["float32"] == 1e-4 < TOLERANCES["float16"] < TOLERANCES["int8"] < 1


def test_without_the_extra_the_error_says_what_to_install(
    model: ReIDModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccreid.onnx_writing.find_spec", lambda name: None if name == "onnxruntime" else object())
    with pytest.raises(MissingExtraError, match=r"writing ONNX needs onnxruntime: pip install 'ccreid\[onnx\]'"):
        export_onnx(model, tmp_path / "model.onnx")


@pytest.mark.slow
def test_the_loader_of_the_documentation_gives_the_features_of_embed(
    model: ReIDModel, in_float32: Exported, people: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model.onnx").symlink_to(in_float32.path)
    for index, pixels in enumerate(people):
        Image.fromarray(pixels).resize((40 + index, 90)).save(f"{index}.png")
    names = [f"{index}.png" for index in range(len(people))]
    loader = DOCUMENT.read_text().split("```python\n")[1].split("```")[0]
    assert len([line for line in loader.splitlines() if line.strip()]) <= 10
    assert "torch" not in loader
    assert "ccreid" not in loader
    made: dict[str, Any] = {}
    exec(loader, made)
    np.testing.assert_allclose(made["embed"](names), model.embed(names), atol=1e-4)
