import subprocess
import sys
from pathlib import Path

import pytest

from ccreid import __version__
from ccreid.app.arguments import CommandParser
from ccreid.app.cli import COMMANDS, main
from ccreid.app.commands import info, train
from ccreid.errors import BadValueError
from ccreid.recipe import recipe_from_tree
from ccreid.training.recipe_file import read_recipe


def test_help_lists_every_command_with_its_purpose(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    for name, purpose in COMMANDS.items():
        assert f"    {name} " in shown
        assert purpose in " ".join(shown.split())
    assert main([]) == main(["help"]) == 0
    assert capsys.readouterr().out == 2 * shown


@pytest.mark.slow
def test_no_help_imports_torch() -> None:
    # All in one process, each after those before it: what the first that imports one says is the failure's text.
    code = (
        "import sys; from ccreid.app.cli import COMMANDS, main\n"
        "for words in [['--help'], *([command, '--help'] for command in COMMANDS)]:\n"
        "    try: main(words)\n"
        "    except SystemExit: pass\n"
        "    heavy = {'torch', 'h5py', 'ray', 'pytorch_lightning'} & set(sys.modules)\n"
        "    if heavy: sys.exit(f'{words} imports {heavy}')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(f"usage: ccreid {command}" in done.stdout for command in COMMANDS)


def test_the_help_of_all_imports_no_command() -> None:
    code = (
        "import sys; from ccreid.app.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: sys.exit(any(name.startswith('ccreid.app.commands.') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_importing_ccreid_pulls_no_extra_in() -> None:
    code = "import ccreid, sys; sys.exit(bool({'anny', 'numba', 'timm', 'pytorch_lightning'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_an_unknown_command_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["trian"])
    assert left.value.code == 2
    assert "there is no command 'trian': did you mean 'train'?" in capsys.readouterr().err


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out.strip() == f"ccreid {__version__}"


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["baseline", "--profile", "cpu", "--data.root", "people", "--seed", "3"],
        ["--profile=cpu", "--data.root=people", "baseline", "--seed=3"],
        ["--data.root", "people", "--seed", "3", "baseline", "--profile", "cpu"],
        ["--resume", "baseline", "--seed", "3", "--data.root", "people", "--profile", "cpu"],
    ],
)
def test_the_recipe_may_stand_anywhere_in_the_line(words: list[str]) -> None:
    parser = CommandParser(train.configure)
    values = parser.instantiate(parser.parse_args(words))
    recipe = recipe_from_tree(read_recipe("baseline", "cpu"))
    assert (values.recipe, values.name, values.seed, values.data.root) == ("baseline", "baseline", 3, Path("people"))
    assert values.model == recipe.model
    assert values.schedule == recipe.schedule


def test_a_setting_is_not_shortened(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", "baseline", "--prof", "cpu"])
    assert "unknown setting --prof: did you mean '--profile'?" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["render"], "ccreid render: error: the following arguments are required: out"),
        (["render", "x", "--seed", "y"], 'ccreid render: error: "seed": Expected a int. Got value: y'),
        (["render", "x", "--images-per-walk", "y"], 'ccreid render: error: "images_per_walk": '),
        (["render", "x", "--images-per-walk=y"], 'ccreid render: error: "images_per_walk": '),
        (["train", "baseline", "--seed", "y"], 'ccreid train: error: "seed": Expected a int. Got value: y'),
        (["train", "baseline", "--profile"], "argument --profile: expected one argument"),
        (["train"], "ccreid train: error: the following arguments are required: recipe"),
    ],
)
def test_a_line_that_cannot_be_understood_is_answered_in_the_commands_name(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    shown = capsys.readouterr().err.splitlines()
    assert message in shown[0]
    assert shown[1:] == [f"Run ccreid {words[0]} --help for all settings."]


def test_a_users_error_is_one_line_and_a_bug_has_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raised: Exception = BadValueError("--seeds is 0, expected at least 1")

    def fail(**_: object) -> int:
        raise raised

    monkeypatch.setattr(info, "configure", lambda parser: fail)
    assert main(["info"]) == 1
    assert capsys.readouterr().err == "ccreid: error: --seeds is 0, expected at least 1\n"
    raised = ValueError("what no user is to see")
    assert main(["info"]) == 1
    shown = capsys.readouterr().err.splitlines()
    assert shown[0] == "Traceback (most recent call last):"
    assert "ValueError: what no user is to see" in shown
    assert "this is a bug in ccreid: please report it" in shown[-1]


def test_an_interrupted_command_leaves_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(**_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(info, "configure", lambda parser: interrupt)
    assert main(["info"]) == 130
    assert "what was finished is kept" in capsys.readouterr().err


def test_recipes_are_listed_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in ("pixel_sampling_mse", "parser"):
        assert any(line.strip().startswith(f"{name} ") for line in lines)


def test_a_recipe_is_shown_with_the_file_of_each_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes", "pixel_sampling", "--profile", "cpu"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["model.system", "baseline", "default"] in lines
    assert ["pixel_sampling.parts", "[upper_clothes,", "pants]", "pixel_sampling.yaml"] in lines
    assert ["schedule.epochs", "8", "profiles/cpu.yaml"] in lines
    assert {key for key, *_ in lines} >= {"name", "seed", "trainer.precision"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["recipes", "pixel_samplin"], "there is no recipe 'pixel_samplin': did you mean 'pixel_sampling'?"),
        (["recipes", "--profile", "cpu"], "--profile cpu goes over a recipe: name one"),
    ],
)
def test_a_recipe_that_is_not_there_is_one_clear_line(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    assert message in capsys.readouterr().err
