from pathlib import Path

import pytest
import torch
from datasets.make_ltcc import make_ltcc
from evaluation.head_colour import HeadColour
from models.ready_model import ready_model

from ccreid.datasets.ltcc import LTCC
from ccreid.evaluation import evaluate_all_gallery
from ccreid.evaluation.evaluate import evaluate_model, setting_features
from ccreid.models import ReIDOutput


@pytest.fixture
def data(tmp_path: Path) -> LTCC:
    return LTCC(make_ltcc(tmp_path, train_identities=3))


def test_counts_come_from_disk(data: LTCC) -> None:
    assert (len(data.train), len(data.query), len(data.gallery)) == (3 * 2 * 2, 5, 15)
    assert len(data.train_labels) == 3
    assert not data.skipped


def test_names_say_identity_outfit_camera_and_frame(data: LTCC) -> None:
    record = next(record for record in data.train if record.image.name == "002_1_c10_001000.png")
    assert (record.identity, record.clothes, record.camera, record.frame) == (2, 1, "10", 1000)


def test_the_settings_share_their_images_and_differ_in_the_outfit_filter(data: LTCC) -> None:
    cross, standard = data.settings
    assert (cross.name, standard.name) == ("cross", "standard")
    assert cross.query is standard.query
    assert cross.gallery is standard.gallery
    assert (cross.across_clothes, standard.across_clothes) == (True, False)
    assert (cross.view, standard.view) == ("camera", "camera")
    assert not cross.single_shot
    assert not standard.single_shot


def test_who_never_changes_clothes_has_no_match_across_clothes(data: LTCC) -> None:
    settings = data.settings
    features = setting_features(ready_model(HeadColour()), settings)
    cross, standard = (
        evaluate_all_gallery(query, gallery, setting.name, "head", 0)
        for setting, (query, gallery) in zip(settings, features, strict=True)
    )
    assert (cross.queries, cross.skipped, cross.R1) == (4, 1, 1.0)
    assert (standard.queries, standard.skipped, standard.R1) == (5, 0, 1.0)


def test_each_test_image_goes_through_the_model_once_for_both_settings(data: LTCC) -> None:
    seen = 0

    class Counting(HeadColour):
        def forward(self, images: torch.Tensor) -> ReIDOutput:
            nonlocal seen
            seen += len(images)
            return super().forward(images)

    model = Counting()
    setting_features(ready_model(model), data.settings[:1])
    for_one, seen = seen, 0
    rows = evaluate_model(ready_model(model), data)
    assert seen == for_one
    assert [(row.setting, row.protocol) for row in rows] == [("cross", "all-gallery"), ("standard", "all-gallery")]
