"""`ccreid export` as a user gives it; what it writes is tested with `ccreid parse`."""

from pathlib import Path

import pytest
from extras import needs

from ccreid.app.cli import main


def test_what_cannot_be_exported_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs("onnx")
    for parser, out, message in [
        ("nowhere.safetensors", "out.onnx", "there is no parser file nowhere.safetensors"),
        ("lite", "out.pt", "does not end in .onnx: name it out.onnx"),
    ]:
        assert main(["export", parser, str(tmp_path / out)]) == 1
        shown = capsys.readouterr().err
        assert message in shown
        assert len(shown.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())
