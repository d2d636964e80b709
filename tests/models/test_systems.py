from pathlib import Path

import pytest
from extras import needs

from ccreid.errors import BadValueError
from ccreid.models import SYSTEMS, build_model
from ccreid.models.systems import UnknownSystemError
from ccreid.weight_files import WeightsError


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_name_builds_its_class(system: str) -> None:
    if system == "face":
        needs("face")
    assert type(build_model(system, 3, "resnet18")) is SYSTEMS[system]


@pytest.mark.slow
@pytest.mark.parametrize("system", [system for system in SYSTEMS if system != "face"])
def test_a_system_without_an_identity_is_refused(system: str) -> None:
    with pytest.raises(ValueError, match="num_identities is 0, expected at least 1"):
        build_model(system, 0, "resnet18")


@pytest.mark.parametrize(("name", "nearest"), [("pbc", "pcb"), ("ha-cnn", "hacnn"), ("base", "baseline")])
def test_an_unknown_system_is_answered_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(UnknownSystemError, match=f"there is no system '{name}': did you mean '{nearest}'"):
        build_model(name, 3)


@pytest.mark.parametrize("system", ["hacnn", "face"])
def test_a_file_for_a_system_without_a_backbone_is_refused(system: str) -> None:
    with pytest.raises(WeightsError, match=rf"{system} has no backbone to load resnet50\.pth into"):
        build_model(system, 3, weights=Path("resnet50.pth"))


def test_another_pooling_of_a_system_with_its_own_is_refused() -> None:
    with pytest.raises(BadValueError, match=r"pcb has a pooling of its own, not max: set model\.pooling mean"):
        build_model("pcb", 3, "resnet18", pooling="max")
