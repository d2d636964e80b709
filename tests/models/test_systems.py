from pathlib import Path

import pytest

from ccreid.models import (
    HACNN,
    HPM,
    MGN,
    PCB,
    SPT,
    STN,
    SYSTEMS,
    Baseline,
    SketchNet,
    UnknownSystemError,
    WeightsError,
    build_model,
)

CLASSES = {
    "baseline": Baseline,
    "pcb": PCB,
    "mgn": MGN,
    "hpm": HPM,
    "hacnn": HACNN,
    "stn": STN,
    "sketchnet": SketchNet,
    "spt": SPT,
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_name_builds_its_class(system: str) -> None:
    assert type(build_model(system, 3, "resnet18")) is CLASSES[system]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_without_an_identity_is_refused(system: str) -> None:
    with pytest.raises(ValueError, match="num_identities is 0, expected at least 1"):
        build_model(system, 0, "resnet18")


@pytest.mark.parametrize(("name", "nearest"), [("pbc", "pcb"), ("ha-cnn", "hacnn"), ("base", "baseline")])
def test_an_unknown_system_is_answered_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(UnknownSystemError, match=f"there is no system '{name}': did you mean '{nearest}'"):
        build_model(name, 3)


def test_a_file_for_a_system_without_a_backbone_is_refused() -> None:
    with pytest.raises(WeightsError, match=r"hacnn has no backbone to load resnet50\.pth into"):
        build_model("hacnn", 3, weights=Path("resnet50.pth"))
