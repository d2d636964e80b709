from pathlib import Path

import numpy as np
import pytest
import torch
from datasets.make_ltcc import make_ltcc
from evaluation.head_colour import HeadColour
from models.ready_model import ready_model

from ccreid.datasets.ltcc import LTCC
from ccreid.datasets.record import ImageRecord
from ccreid.datasets.retrieval_setting import RetrievalSetting
from ccreid.evaluation import Features, evaluate_all_gallery
from ccreid.evaluation.evaluate import evaluate_model, setting_features, with_labels
from ccreid.evaluation.features import evaluate_features
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
    assert [(one.name, one.clothes) for one in data.settings] == [
        ("cross", "other"),
        ("same", "same"),
        ("standard", "any"),
    ]
    for setting in data.settings:
        assert setting.query is data.query
        assert setting.gallery is data.gallery
        assert (setting.view, setting.single_shot) == ("camera", False)


def test_who_never_changes_clothes_has_no_match_across_clothes(data: LTCC) -> None:
    settings = data.settings
    features = setting_features(ready_model(HeadColour()), settings)
    cross, same, standard = (
        evaluate_all_gallery(query, gallery, setting.name, "head", 0)
        for setting, (query, gallery) in zip(settings, features, strict=True)
    )
    assert (cross.queries, cross.skipped, cross.R1) == (4, 1, 1.0)
    assert (same.queries, same.skipped, same.R1) == (5, 0, 1.0)
    assert (standard.queries, standard.skipped, standard.R1) == (5, 0, 1.0)


def test_a_match_in_the_same_clothes_is_found_after_all_of_other_people(data: LTCC) -> None:
    _, same, standard = data.settings

    def features(side: list[ImageRecord], setting: RetrievalSetting) -> Features:
        # Person 90's queries are nearest to 90 in the other outfit, then to everybody else, then to 90 in the same one.
        place = {1: 10.0, 2: 12.0} if side is data.gallery else {1: 12.5, 2: 9.5}
        values = [place[int(str(one.clothes))] if one.identity == 90 else 11.0 for one in side]
        ids, cameras = (np.array([getattr(one, name) for one in side]) for name in ("identity", "camera"))
        return with_labels(Features(np.array(values)[:, None], ids, cameras), side, setting)

    found = {
        setting.name: evaluate_features(
            features(data.query, setting).take(np.array([0, 1])), features(data.gallery, setting)
        )
        for setting in (same, standard)
    }
    assert [one.identity for one in data.query[:2]] == [90, 90]
    others = sum(one.identity != 90 for one in data.gallery)
    # Two matches, camera 10's, behind all others: the ranks begin at 10. In `standard` two in other clothes go before.
    assert found["same"].mAP == pytest.approx((1 / (others + 1) + 2 / (others + 2)) / 2)
    assert found["standard"].rank(1) == 1


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
    assert [(row.setting, row.protocol) for row in rows] == [
        ("cross", "all-gallery"),
        ("same", "all-gallery"),
        ("standard", "all-gallery"),
    ]
