import json
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from ccreid.parsing.segformer_preprocessing import FILE, Preprocessing, PreprocessingError, preprocessing_of


def _image(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("shape", [(20, 12), (90, 70), (33, 29)])
@pytest.mark.parametrize(
    "said",
    [
        {},
        {"size": {"height": 24, "width": 40}, "image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6]},
        {"size": {"height": 48, "width": 32}, "resample": 3},
        {"size": {"height": 33, "width": 29}, "rescale_factor": 0.5, "do_normalize": False},
        {"size": {"height": 24, "width": 24}, "do_rescale": False},
    ],
)
def test_images_come_out_as_of_transformers_own_processor(
    tmp_path: Path, said: dict[str, object], shape: tuple[int, int]
) -> None:
    processors = pytest.importorskip("transformers.models.segformer.image_processing_pil_segformer")
    (tmp_path / FILE).write_text(json.dumps(said))
    image = _image(*shape)
    found = preprocessing_of(tmp_path)(image)
    expected = processors.SegformerImageProcessorPil(**said)(image, return_tensors="pt")["pixel_values"][0]
    assert found.shape == expected.shape
    assert torch.allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_a_mirrored_view_is_prepared_as_its_copy() -> None:
    mirrored = _image(10, 12)[:, ::-1]
    assert torch.equal(Preprocessing()(mirrored), Preprocessing()(mirrored.copy()))


def test_without_the_file_the_values_are_segformers(tmp_path: Path) -> None:
    assert preprocessing_of(tmp_path) == Preprocessing(
        512, 512, Image.Resampling.BILINEAR, 1 / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    )


def test_an_entry_of_null_says_nothing(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"size": null, "resample": null, "do_resize": null, "crop_size": null}')
    assert preprocessing_of(tmp_path) == Preprocessing()


def test_an_older_files_single_size_is_a_square(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"size": 128, "feature_extractor_type": "SegformerFeatureExtractor"}')
    assert preprocessing_of(tmp_path) == Preprocessing(height=128, width=128)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"size": {"shortest_edge": 256}}, r'size {"shortest_edge": 256}, expected a height and a width'),
        ({"size": 0}, "size 0, expected a height and a width"),
        ({"do_resize": False}, "do_resize false, expected true"),
        ({"do_center_crop": True}, "do_center_crop true, expected false"),
        ({"do_flip_channel_order": True}, "do_flip_channel_order true, expected false"),
        ({"resample": 9}, r"resample 9, expected the number of a filter of Pillow's"),
        ({"image_mean": [0.5]}, r"image_mean \[0.5\], expected three numbers"),
        ({"rescale_factor": "1/255"}, 'rescale_factor "1/255", expected a number'),
    ],
)
def test_what_is_not_done_here_is_refused_by_name(tmp_path: Path, said: dict[str, object], message: str) -> None:
    (tmp_path / FILE).write_text(json.dumps(said))
    with pytest.raises(PreprocessingError, match=rf"preprocessor_config\.json has {message}"):
        preprocessing_of(tmp_path)


@pytest.mark.parametrize("content", ["{", "[1]"])
def test_a_broken_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(PreprocessingError, match=r"preprocessor_config\.json .*no JSON"):
        preprocessing_of(tmp_path)
