import json

import pytest
from models.made_calibration import a_calibration

from ccreid.errors import BadValueError
from ccreid.models.calibration import Calibration


def test_a_calibration_is_the_same_after_it_was_written_and_read() -> None:
    calibration = a_calibration()
    assert Calibration.from_tree(json.loads(json.dumps(calibration.tree()))) == calibration


def test_a_threshold_is_known_at_the_rates_that_were_measured_alone() -> None:
    assert a_calibration(0.5).at(1 / 100).similarity.value == 0.5
    with pytest.raises(BadValueError, match=r"rate is 0.05, and the model was measured at 0.01, 0.001"):
        a_calibration().at(0.05)
