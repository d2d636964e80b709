import os
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ccreid.weight_files import WeightsError, fingerprint, is_of_format, misfit, read_state_dict, write_weights


def _tensors() -> dict[str, Tensor]:
    return {f"layer{number}.weight": torch.full((3, 2), float(number)) for number in range(5)}


def _same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> bool:
    return found.keys() == expected.keys() and all(torch.equal(found[key], expected[key]) for key in expected)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("wrapper", ["state_dict", "model", None])
def test_tensors_come_out_of_their_wrappers(tmp_path: Path, wrapper: str | None, zipped: bool) -> None:
    prefixed = {f"module.{key}": value for key, value in _tensors().items()}
    content = prefixed if wrapper is None else {"epoch": 3, wrapper: prefixed}
    torch.save(content, tmp_path / "a.pth", _use_new_zipfile_serialization=zipped)
    assert _same(read_state_dict(tmp_path / "a.pth"), _tensors())


def test_a_safetensors_file_is_read(tmp_path: Path) -> None:
    save_file(_tensors(), tmp_path / "a.safetensors")
    assert _same(read_state_dict(tmp_path / "a.safetensors"), _tensors())


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_cut_short_anywhere_is_named(tmp_path: Path, zipped: bool) -> None:
    path = tmp_path / "a.pth"
    torch.save(_tensors(), path, _use_new_zipfile_serialization=zipped)
    whole = path.read_bytes()
    for length in range(0, len(whole), 23):  # the formats fail in many ways, by where they end
        path.write_bytes(whole[:length])
        with pytest.raises(WeightsError, match=r"a\.pth cannot be read as weights"):
            read_state_dict(path)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(WeightsError, match=r"no weights file nowhere\.pth.*\.safetensors"):
        read_state_dict(Path("nowhere.pth"))


def test_weights_that_fit_have_no_misfit() -> None:
    network = nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2))
    weights = network.state_dict()
    assert misfit(network.state_dict(), weights) == ""
    del weights["1.num_batches_tracked"]
    assert misfit(network.state_dict(), weights) == ""


def test_a_misfit_lists_the_first_keys_of_each_kind_and_counts_all() -> None:
    network = nn.Sequential(*(nn.Linear(2, 2) for _ in range(3)))
    weights = {"0.weight": torch.zeros(2, 3), "head.weight": torch.zeros(7)}
    assert misfit(network.state_dict(), weights) == (
        "5 missing: 0.bias (2,), 1.bias (2,), 1.weight (2, 2), 2.bias (2,), ...; "
        "1 unknown: head.weight (7,); 1 of another shape: 0.weight (2, 3) instead of (2, 2)"
    )


def test_written_weights_are_read_back_and_may_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    weights = {"a": torch.arange(3.0), "b": torch.ones(2, 2).T}
    before = os.umask(0o022)
    try:
        write_weights(tmp_path / "run" / "a.safetensors", weights, {"format": "test"})
    finally:
        os.umask(before)
    back = read_state_dict(tmp_path / "run" / "a.safetensors")
    assert all(torch.equal(back[name], value) for name, value in weights.items())
    assert (tmp_path / "run" / "a.safetensors").stat().st_mode & 0o777 == 0o644
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["a.safetensors"]


def test_the_same_weights_and_words_are_the_same_bytes(tmp_path: Path) -> None:
    about = {f"word {number}": f"ü{number}" for number in range(20)}
    for name in ("one", "two", "three"):
        write_weights(tmp_path / f"{name}.safetensors", _tensors(), about)
    whole = (tmp_path / "one.safetensors").read_bytes()
    assert whole == (tmp_path / "two.safetensors").read_bytes() == (tmp_path / "three.safetensors").read_bytes()
    assert _same(read_state_dict(tmp_path / "one.safetensors"), _tensors())
    with safe_open(tmp_path / "one.safetensors", framework="pt") as file:
        assert file.metadata() == about


def test_the_fingerprint_is_of_the_files_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert fingerprint(tmp_path / "a").startswith("ba7816bf")


def test_a_whole_file_is_of_the_format_that_it_says(tmp_path: Path) -> None:
    write_weights(tmp_path / "a", {"weight": torch.zeros(3)}, {"format": "one"})
    (tmp_path / "cut").write_bytes((tmp_path / "a").read_bytes()[:-1])
    (tmp_path / "text").write_text("one")
    assert is_of_format(tmp_path / "a", "one")
    for name in ("a", "cut", "text", "nothing"):
        assert not is_of_format(tmp_path / name, "one" if name != "a" else "other")
