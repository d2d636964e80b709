import subprocess
import sys

import pytest

from ccreid import __version__
from ccreid.app.cli import COMMANDS, main


def test_help_lists_every_command_with_its_purpose(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name, purpose in COMMANDS.items():
        assert name in shown
        assert purpose in shown


def test_help_does_not_import_torch() -> None:
    code = "import sys; from ccreid.app.cli import main; main(['--help']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_importing_ccreid_pulls_no_extra_in() -> None:
    code = "import ccreid, sys; sys.exit(bool({'anny', 'numba', 'timm', 'pytorch_lightning'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_an_unknown_command_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trian"]) == 2
    assert "did you mean 'train'?" in capsys.readouterr().err


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"ccreid {__version__}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_commands_help_has_a_purpose_and_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert f"usage: ccreid {command}" in shown
    assert f"\n  ccreid {command}" in shown


def test_an_unknown_setting_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["train", "baseline", "--model.bakbone", "resnet18"])
    assert left.value.code == 2
    assert "did you mean '--model.backbone'?" in capsys.readouterr().err


def test_the_settings_of_a_parser_are_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["train", "parser", "--augment.poor_camra", "0"])
    assert left.value.code == 2
    assert "did you mean '--augment.poor_camera'?" in capsys.readouterr().err


def test_recipes_are_listed_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in ("pixel_sampling_mse", "parser"):
        assert any(line.strip().startswith(f"{name} ") for line in lines)
