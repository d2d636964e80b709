import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from ccreid.parsing.labels import ATR
from ccreid.parsing.parser import Parser
from ccreid.parsing.segformer import segformer_parser
from ccreid.weight_files import WeightsError

transformers = pytest.importorskip("transformers")
huggingface_hub = pytest.importorskip("huggingface_hub")


def _save(folder: Path, labels: tuple[str, ...] = ATR) -> Path:
    """Save a SegFormer of random weights, with maps of more than one label."""
    torch.manual_seed(0)
    config = transformers.SegformerConfig(
        depths=[1, 1, 1, 1],
        hidden_sizes=[8, 8, 16, 16],
        num_attention_heads=[1, 1, 2, 2],
        decoder_hidden_size=16,
        id2label=dict(enumerate(labels)),
    )
    network = transformers.SegformerForSemanticSegmentation(config)
    torch.nn.init.normal_(network.decode_head.classifier.weight)
    network.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({"size": {"height": 64, "width": 32}}))
    return folder


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _save(tmp_path_factory.mktemp("segformer"))


@pytest.fixture(scope="module")
def parser(checkpoint: Path) -> Parser:
    return segformer_parser(str(checkpoint), batch=2)


@pytest.fixture
def copied(checkpoint: Path, tmp_path: Path) -> Path:
    return shutil.copytree(checkpoint, tmp_path / "copied")


def _image(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """Draw an image of large patches of colour."""
    patches = np.random.default_rng(seed).integers(0, 256, (-(-height // 8), -(-width // 8), 3), dtype=np.uint8)
    return patches.repeat(8, axis=0).repeat(8, axis=1)[:height, :width]


def test_the_labels_are_the_checkpoints_names_in_the_order_of_their_values(parser: Parser) -> None:
    assert (parser.name, parser.labels) == ("segformer", ATR)


def test_each_map_is_of_its_images_size_and_independent_of_the_others(parser: Parser) -> None:
    sizes = [(90, 40), (1, 1), (33, 80), (7, 2), (64, 64)]
    images = [_image(height, width, seed) for seed, (height, width) in enumerate(sizes)]
    maps = parser.parse(images)
    assert [labels.shape for labels in maps] == sizes
    assert all(labels.dtype == np.uint8 and labels.max() < 18 for labels in maps)
    assert len(np.unique(maps[0])) > 1
    for place, (image, labels) in enumerate(zip(images, maps, strict=True)):
        # At the same place of its pass of two: at the other one, another order of the sums may decide between labels.
        company = [_image(20, 30, seed=9)] * (place % 2)
        assert np.array_equal(parser.parse([*company, image])[-1], labels)
    assert parser.parse([]) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "said",
    [
        {},
        {"size": 48, "feature_extractor_type": "SegformerFeatureExtractor"},
        {"size": {"height": 33, "width": 29}, "rescale_factor": 0.5, "do_normalize": False, "resample": 3},
        {"image_processor_type": "SegformerImageProcessorFast", "image_mean": [0.1, 0.2, 0.3], "crop_size": None},
    ],
)
def test_it_computes_what_transformers_own_pipeline_does(copied: Path, said: dict[str, object]) -> None:
    processors = pytest.importorskip("transformers.models.segformer.image_processing_pil_segformer")
    said = {"size": {"height": 64, "width": 32}, **said}
    (copied / "preprocessor_config.json").write_text(json.dumps(said))
    entries = {entry: value for entry, value in said.items() if value is not None and not entry.endswith("_type")}
    processor = processors.SegformerImageProcessorPil(**entries)
    network = transformers.AutoModelForSemanticSegmentation.from_pretrained(copied).eval()
    image = _image(100, 45, seed=3)
    with torch.no_grad():
        result = network(**processor(image, return_tensors="pt"))
    expected = processor.post_process_semantic_segmentation(result, target_sizes=[(100, 45)])[0].numpy()
    assert len(np.unique(expected)) > 1
    found = segformer_parser(str(copied)).parse([image])[0]
    assert (found == expected).mean() > 0.999  # all but where two logits are equal up to rounding


def test_without_the_file_images_are_prepared_as_segformers(copied: Path) -> None:
    image = _image(60, 30, seed=1)
    (copied / "preprocessor_config.json").write_text(json.dumps({"size": {"height": 512, "width": 512}}))
    said = segformer_parser(str(copied)).parse([image])[0]
    (copied / "preprocessor_config.json").unlink()
    assert np.array_equal(segformer_parser(str(copied)).parse([image])[0], said)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"size": {"shortest_edge": 16}}, r"makes \(3, .*\) and \(3, .*\) of two images"),
        ({"do_resize": False}, r"makes \(3, 4, 9\) and \(3, 8, 5\) of two images"),
        ({"do_center_crop": True, "crop_size": {"height": 32, "width": 32}}, "asks for do_center_crop"),
        ({"do_pad": True}, "asks for do_pad"),
        ({"size": 0}, "cannot be followed"),
        ({"resample": 9}, "cannot be followed"),
        ({"image_mean": [0.5]}, "cannot be followed"),
        ({"rescale_factor": "1/255"}, "cannot be followed"),
        ({"image_processor_type": "NoImageProcessor"}, "cannot be followed"),
        ([1], "cannot be followed"),
    ],
)
def test_preparing_images_in_another_way_is_refused_before_any_is_parsed(
    copied: Path, said: object, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (copied / "preprocessor_config.json").write_text(json.dumps(said))
    with pytest.raises(WeightsError, match=rf"'{copied}' has a preprocessor_config\.json that {message}"):
        segformer_parser(str(copied))
    assert capfd.readouterr() == ("", "")


def test_half_precision_and_pickled_weights_load(copied: Path, parser: Parser) -> None:
    weights = {key: value.half() for key, value in load_file(copied / "model.safetensors").items()}
    (copied / "model.safetensors").unlink()
    torch.save(weights, copied / "pytorch_model.bin")
    image = _image(60, 30, seed=1)
    found = segformer_parser(str(copied)).parse([image])[0]
    assert (found == parser.parse([image])[0]).mean() > 0.95


def test_the_fingerprint_is_of_the_content(copied: Path, parser: Parser) -> None:
    assert len(parser.fingerprint) == 64
    assert segformer_parser(str(copied)).fingerprint == parser.fingerprint
    weights = load_file(copied / "model.safetensors")
    weights["decode_head.classifier.bias"] += 1
    save_file(weights, copied / "model.safetensors", metadata={"format": "pt"})
    changed = segformer_parser(str(copied)).fingerprint
    assert changed != parser.fingerprint
    (copied / "preprocessor_config.json").write_text('{"size": 32}')
    assert segformer_parser(str(copied)).fingerprint not in {changed, parser.fingerprint}


def test_a_checkpoint_of_the_hub_is_taken_from_its_cache(
    checkpoint: Path, parser: Parser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = tmp_path / "models--somebody--clothes"
    shutil.copytree(checkpoint, repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    found = segformer_parser("somebody/clothes")
    assert (found.labels, found.fingerprint) == (parser.labels, parser.fingerprint)


def test_a_hub_repository_without_pytorch_weights_is_refused(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    snapshot = tmp_path / "models--somebody--clothes" / "snapshots" / commit
    snapshot.mkdir(parents=True)
    shutil.copy(checkpoint / "config.json", snapshot)
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs" / "main").write_text(commit)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(WeightsError, match=r"'somebody/clothes' .*no PyTorch weights"):
        segformer_parser("somebody/clothes")


@pytest.mark.parametrize("name", ["nobody/nothing", "./no/such/folder"])
def test_a_checkpoint_that_is_nowhere_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(WeightsError, match=rf"'{name}' is no folder, and cannot be had from the Hugging Face hub"):
        segformer_parser(name)


def test_a_folder_that_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=rf"'{tmp_path}' cannot be loaded for semantic segmentation"):
        segformer_parser(str(tmp_path))


def test_damaged_weights_are_named(copied: Path) -> None:
    (copied / "model.safetensors").write_bytes(b"half")
    with pytest.raises(WeightsError, match=rf"'{copied}' cannot be loaded.*fetch it again"):
        segformer_parser(str(copied))


def test_a_checkpoint_without_the_segmentation_head_is_refused(copied: Path, capfd: pytest.CaptureFixture[str]) -> None:
    weights = {key: value for key, value in load_file(copied / "model.safetensors").items() if "decode" not in key}
    save_file(weights, copied / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(WeightsError, match=r"lacks \d+ of its network's weights \(decode_head\."):
        segformer_parser(str(copied))
    assert capfd.readouterr() == ("", "")


def test_labels_that_are_not_numbered_in_order_are_refused(copied: Path) -> None:
    config = json.loads((copied / "config.json").read_text())
    names = {str(number + (number > 5)): name for number, name in enumerate(ATR)}
    (copied / "config.json").write_text(json.dumps({**config, "id2label": names}))
    with pytest.raises(WeightsError, match=r"numbers the 18 labels of its id2label 0, 1, 2, 3, \.\.\."):
        segformer_parser(str(copied))


def test_without_transformers_the_error_says_what_to_install(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ImportError, match=r"pip install 'ccreid\[parsing\]'"):
        segformer_parser(str(checkpoint))


@pytest.mark.slow
def test_no_torchvision_is_needed(checkpoint: Path) -> None:
    code = (
        "import sys; sys.modules['torchvision'] = None; import numpy as np; "
        "from ccreid.parsing.segformer import segformer_parser; "
        f"segformer_parser({str(checkpoint)!r}).parse([np.zeros((9, 7, 3), np.uint8)])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_transformers_is_imported_when_a_parser_is_made_and_not_before() -> None:
    code = "import sys, ccreid.parsing.segformer; sys.exit('transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_licence_note_imports_nothing_heavy() -> None:
    code = (
        "import sys; from ccreid.parsing.known_parsers import LICENCES; "
        "sys.exit('torch' in sys.modules or 'non-commercial' not in LICENCES)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
