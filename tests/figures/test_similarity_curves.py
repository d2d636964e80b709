from extras import needs

needs("figures")

import numpy as np
import pytest
from evaluation.made_people import made_people
from matplotlib.figure import Figure

from ccreid.evaluation.calibrate import calibrate
from ccreid.figures.drawing import Drawing, Plot
from ccreid.figures.similarity_curves import det_plot, roc_plot, similarity_plot

MEASURED = calibrate([made_people(people=9)], ["made"])


def _axes(drawing: Drawing) -> dict[str, np.ndarray]:
    """Return the lines of a drawing's plot by their names, (points, 2) each."""
    (plot,) = drawing.items
    assert isinstance(plot, Plot)
    axes = Figure().add_subplot()
    plot.draw(axes)
    return {str(line.get_label()): np.array(line.get_data()).T for line in axes.lines}


def test_each_kind_of_pairs_has_a_curve_that_rises_to_all_pairs() -> None:
    lines = _axes(roc_plot(MEASURED))
    for name in ("one person, other clothes", "one person, same clothes", "one person"):
        assert (np.diff(lines[name], axis=0) >= 0).all()
        assert lines[name][-1].tolist() == [100, 100]


def test_what_is_missed_is_what_is_not_found() -> None:
    found, missed = _axes(roc_plot(MEASURED)), _axes(det_plot(MEASURED))
    least = 100 * 0.5 / max(MEASURED.calibration.same.values())
    for name, line in missed.items():
        if not name.startswith("_"):
            assert line[:, 1] == pytest.approx(np.maximum(100 - found[name][:, 1], least))


def test_the_histogram_holds_all_pairs() -> None:
    lines = _axes(similarity_plot(MEASURED))
    assert lines["different people"][:, 1].sum() == pytest.approx(100)
    ups = [line for name, line in lines.items() if name.startswith("_")]
    assert [line[0, 0] for line in ups] == [one.similarity.value for one in MEASURED.calibration.thresholds]
