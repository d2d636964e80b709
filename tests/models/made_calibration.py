"""Makes a calibration that nobody measured."""

from ccreid.models.calibration import Calibration, Estimate, Threshold


def a_calibration(similarity: float = 0.5) -> Calibration:
    """Return one that was measured at 1 % and 0.1 %."""
    found = {"across": Estimate(0.4, 0.3, 0.5)}
    thresholds = tuple(
        Threshold(rate, Estimate(similarity + step, similarity, 1.0), 10, found)
        for step, rate in enumerate((0.01, 0.001))
    )
    return Calibration(("made",), "images", 60, 20, 10_000, {"across": 30}, thresholds)
