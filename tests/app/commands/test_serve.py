from extras import needs

needs("web")

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from app.serve.served import heads, make_served
from evaluation.made_people import made_people

from ccreid.app.cli import main
from ccreid.app.threshold_files import Thresholds, thresholds_tree
from ccreid.evaluation.calibrate import calibrate
from ccreid.retrieval.feature_mark import fingerprint

# Runs the command with the model of the tests in the place of a trained one.
_PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
from app.serve.served import heads
import ccreid.app.search.chosen_model as chosen
chosen.ReIDModel.from_pretrained = lambda source, device: heads()
from ccreid.app.cli import main
sys.exit(main({words!r}))
"""


@pytest.mark.slow
def test_it_serves_where_it_says_until_ctrl_c(tmp_path: Path) -> None:
    served = make_served(tmp_path)
    words = ["serve", "--uri", served.finder.uri, "--model", "any", "--port", "0"]
    program = _PROGRAM.format(tests=str(Path(__file__).parents[2]), words=words)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[1]
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(f"{address}/api/health") as answer:
            assert json.load(answer)["entries"] == 16
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


@pytest.fixture
def _heads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_served(tmp_path)
    monkeypatch.chdir(tmp_path)
    measured = calibrate([made_people()], ["made"], [0.1])
    few = Thresholds("heads", fingerprint(heads()), False, measured.calibration)
    Path("few.json").write_text(json.dumps(thresholds_tree(few, measured)))
    monkeypatch.setattr("ccreid.app.search.chosen_model.ReIDModel.from_pretrained", lambda *_: heads())
    monkeypatch.setattr("ccreid.app.search.chosen_model.shipped_models", dict)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("serve --uri people.parquet", "no model was chosen: give --model"),
        ("serve --uri none.parquet --model any", "there is no gallery none.parquet: make it with `ccreid embed"),
        ("serve --uri none.db --model any", "there is no gallery none.db: make it"),
        ("serve --uri people.csv --model any", "of no known kind"),
        ("serve --uri people.parquet --model any --port 70000", "--port is 70000"),
        ("serve --uri people.parquet --model any --thresholds none.json", "there is no file none.json: give the"),
        ("serve --uri people.parquet --model any --thresholds images.csv", "images.csv holds no thresholds"),
        ("serve --uri people.parquet --model any --thresholds few.json", "few.json has no threshold at a false-match"),
        ("serve --uri people.parquet --model any --port TAKEN", "choose another --port or --host"),
        ("serve --uri people.parquet --model any --host 203.0.113.1", "choose another --port or --host"),
    ],
)
@pytest.mark.usefixtures("_heads")
def test_what_cannot_be_served_is_one_clear_line(line: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(line.replace("TAKEN", str(taken.getsockname()[1])).split()) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("package", ["fastapi", "uvicorn", "python_multipart"])
def test_an_absent_extra_is_one_line_with_the_command(
    package: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    assert main(["serve", "--uri", "people.parquet", "--model", "any"]) == 1
    said = capsys.readouterr().err
    assert "pip install 'ccreid[web]'" in said
    assert len(said.strip().splitlines()) == 1
