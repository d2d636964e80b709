"""Files whose reading would run code if they were unpickled, or built as YAML asks, through every command."""

from extras import needs

for extra in ("train", "parsing", "sketch", "parquet", "search", "web", "onnx"):
    needs(extra)

import io
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from datasets.make_photos import make_table
from datasets.make_prcc import make_prcc

from ccreid.app.cli import COMMANDS, main

pytestmark = pytest.mark.slow

# Those that take no file of others: they write, or read what ccreid brings along.
NO_FILE = {"demo", "render", "bench", "info"}

FORMS = ("pickle", "torch", "numpy", "npz", "yaml")

# Which of them a reader may come upon, by the ending of its files; other readers get the first.
OF_ENDING = {
    "safetensors": ("pickle", "torch"),
    "pth": ("pickle", "torch", "npz"),
    "yaml": ("yaml", "pickle"),
    "masks_": ("pickle", "numpy", "npz"),
    "segformer_": ("torch",),
}

SMALL = "--data.height 32 --data.width 16 --data.identities 2 --data.instances 2 --data.workers 0"
TRAIN = f"train baseline --data.root data {SMALL} --model.backbone resnet18 --trainer.accelerator cpu"

# Command lines, {} is the file; of each command one line for each way in which it takes one.
LINES = (
    "embed photos out.parquet --model {}.safetensors",
    "embed {}.csv out.parquet",
    "embed {}.parquet out.parquet",
    "embed photos {}.parquet",
    "index {}.parquet --uri gallery.db",
    "search photo.png photos --model {}.safetensors",
    "search photo.png --uri {}.parquet",
    "search photo.png --uri {}.db",
    "search {}.png photos",
    "compare photo.png {}.png",
    "compare photo.png photo.png --model {}.safetensors",
    "threshold {}.parquet",
    "threshold --data {}.csv",
    "adapt {}.safetensors photos out",
    "serve --uri {}.parquet",
    "serve --uri x.parquet --model {}.safetensors",
    "parse photos out --parser schp-atr --weights {}.pth",
    "parse photos out --parser lite --weights {}.safetensors",
    "parse photos out --parser onnx:{}.onnx --merge merge.yaml",
    "parse photos out --parser segformer --weights segformer_{}",
    "parse photos out --merge {}.yaml",
    "parse masks_{} out --parser mask6",
    "export {}.safetensors out.onnx",
    "push {}.safetensors alice/reid",
    "sketch photos out --weights {}.h5",
    "pack data {}.pack",
    "pack {}.csv",
    "convert {}.csv out.csv",
    "convert {}.parquet out.csv",
    "check {}.csv --json",
    "train {}.yaml --data.root data",
    "train baseline --profile {}.yaml --data.root data",
    f"{TRAIN} --model.weights {{}}.pth",
    f"{TRAIN} --model.weights none --data.pack {{}}.pack",
    "evaluate {}.safetensors --data data",
    "evaluate {}.pth --authors global --data data",
    "evaluate {}.pth --authors hpm --data data",
    "ship {}.safetensors out.safetensors --data data",
    "models {}.safetensors",
    "reproduce table2 --data data --profile {}.yaml",
    "cues {}.safetensors",
    "figure cam {}.safetensors",
    "recipes {}.yaml",
)


class _Payload:
    """Unpickled, it writes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> object:
        return open, (str(self.mark), "w")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of photos, a data set, and files of every ending that hold each of the forms."""
    root = tmp_path_factory.mktemp("malicious")
    make_table(root / "photos")
    shutil.copyfile(next(root.glob("photos/photos/*.png")), root / "photo.png")
    make_prcc(root / "data")
    (root / "merge.yaml").write_text("input: {range: [0, 1]}\nlabels: {bag: background, hat: head}\n")
    for form in FORMS:
        data = _file(form, root / "ran")
        for ending in ("safetensors", "pth", "parquet", "csv", "db", "png", "onnx", "h5", "pack", "yaml"):
            (root / f"{form}.{ending}").write_bytes(data)
        masks = root / f"masks_{form}"
        masks.mkdir()
        (masks / "a.npy").write_bytes(data)
        segformer = root / f"segformer_{form}"
        segformer.mkdir()
        (segformer / "pytorch_model.bin").write_bytes(data)
        (segformer / "config.json").write_text('{"model_type": "segformer", "architectures": ["A"]}')
    return root


@pytest.mark.answers("security", "a file that would run code when it is read, through every command that takes a file")
@pytest.mark.parametrize("line", LINES)
def test_no_command_runs_what_a_file_brings_along(
    line: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    forms = [forms for ending, forms in OF_ENDING.items() if f"{{}}.{ending}" in line or f"{ending}{{}}" in line]
    for form in forms[0] if forms else FORMS[:1]:
        try:
            status = main(line.format(form).split())
        except SystemExit as ended:
            status = int(ended.code or 0)
        said = capsys.readouterr()
        assert not (folder / "ran").exists(), form
        assert status in {1, 2}, (form, said.out)
        assert form in said.err + said.out
        assert "bug in ccreid" not in said.err, (form, said.err)


@pytest.mark.answers("security", "what a run goes on from, put in its place by others")
def test_no_run_goes_on_from_what_would_run_code(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    line = f"{TRAIN} --model.weights none --schedule.epochs 1 --out run".split()
    assert main(line) == 0
    for form in ("pickle", "torch", "yaml"):
        shutil.copyfile(f"{form}.pth", "run/last.ckpt")
        assert main([*line, "--resume"]) == 1
        assert "run/last.ckpt cannot be gone on from" in capsys.readouterr().err
        assert not (folder / "ran").exists()
        shutil.copyfile(f"{form}.yaml", "again.yaml")
        shutil.copyfile("run/recipe.yaml", "recipe.yaml")
        shutil.copyfile("again.yaml", "run/recipe.yaml")
        assert main([*line, "--resume"]) == 1
        assert "run/recipe.yaml" in capsys.readouterr().err
        assert not (folder / "ran").exists()
        shutil.copyfile("recipe.yaml", "run/recipe.yaml")


def test_the_files_would_run_code_where_they_are_trusted(tmp_path: Path) -> None:
    mark, file = tmp_path / "ran", tmp_path / "a"
    readers = {
        "pickle": pickle.loads,
        "torch": lambda data: torch.load(io.BytesIO(data), weights_only=False),
        "numpy": lambda data: np.load(io.BytesIO(data), allow_pickle=True),
        "npz": lambda data: np.load(io.BytesIO(data), allow_pickle=True)["a"],
    }
    for form, read in readers.items():
        file.write_bytes(_file(form, mark))
        read(file.read_bytes())
        assert mark.exists(), form
        mark.unlink()


def test_every_command_that_takes_a_file_is_tried() -> None:
    assert {line.split()[0] for line in LINES} == set(COMMANDS) - NO_FILE


def _file(form: str, mark: Path) -> bytes:
    payload, buffer = _Payload(mark), io.BytesIO()
    if form == "pickle":
        return pickle.dumps({"state_dict": payload})
    if form == "torch":
        torch.save({"state_dict": {"a": torch.zeros(1)}, "more": payload}, buffer)
    elif form == "numpy":
        np.save(buffer, np.array([payload], dtype=object), allow_pickle=True)
    elif form == "npz":
        inner = io.BytesIO()
        np.save(inner, np.array([payload], dtype=object), allow_pickle=True)
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("a.npy", inner.getvalue())
    else:
        return f"seed: !!python/object/apply:builtins.open ['{mark}', 'w']\nclass_path: os.system\n".encode()
    return buffer.getvalue()
