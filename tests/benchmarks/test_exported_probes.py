from extras import needs

needs("onnx")

from benchmarks.load_script import load_script

for name in ("result_files", "photo_probes", "exported_precision"):
    load_script(name)
exported_probes = load_script("exported_probes")


def _reading(precision: str, first: float) -> dict[str, object]:
    scores = {"clothes_change": [first, 0.5, 0.25], "market1501": [first + 0.5, 0.75, 0.5]}
    queries = {"clothes_change": 20, "market1501": 200}
    return {
        "model": "m",
        "precision": precision,
        "size": 1.5,
        "difference": 0.125,
        "queries": queries,
        "scores": scores,
    }


def test_the_loss_of_8_bits_is_that_against_float32_in_points_and_queries() -> None:
    readings = [_reading("float32", 0.25), _reading("int8", 0.15)]
    said = "+10.0 points on clothes_change (+2 of 20 queries), +10.0 points on market1501 (+20 of 200 queries)"
    assert exported_probes.losses(readings) == [f"In 8 bits m loses in R1: {said}."]
    lines = exported_probes.table(readings)
    assert lines[2] == "| m | float32 | 1.5 | 1.2e-01 | 25.0 / 50.0 / 25.0 | 75.0 / 75.0 / 50.0 |"
    assert lines[3].startswith("| m | int8 | 1.5 | 1.2e-01 | 15.0 / ")
