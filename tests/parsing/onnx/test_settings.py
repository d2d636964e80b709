import re
from pathlib import Path

import pytest

from ccreid.errors import BadValueError, CcreidError
from ccreid.parsing.labels import ATR, AUTHORS_MERGE, LabelError, merge_table
from ccreid.parsing.merge_file import read_merge
from ccreid.parsing.onnx.settings import InputSettings, read_network_settings
from ccreid.parts import Part

LEAST = "input: {range: [0, 1]}\nlabels: {background: background, coat: upper clothes}\n"


def _file(folder: Path, text: str) -> Path:
    path = folder / "merge.yaml"
    path.write_text(text)
    return path


def test_what_is_left_out_has_the_defaults_of_the_documentation(tmp_path: Path) -> None:
    settings = read_network_settings(_file(tmp_path, LEAST))
    assert settings.input == InputSettings((0, 1))
    assert settings.output is None
    assert settings.labels == ("background", "coat")
    assert settings.merge == {"background": Part.BACKGROUND, "coat": Part.UPPER_CLOTHES}


def test_everything_that_may_be_said_is_taken(tmp_path: Path) -> None:
    text = """
    input:
      range: [0, 255]
      mean: [1, 2, 3]
      std: [4.0, 5, 6]
      channels: BGR
      layout: NHWC
      resize: letterbox
      height: 20
      width: 10
    output: logits
    labels: {red hat: head, background: background}
    """
    settings = read_network_settings(_file(tmp_path, text))
    assert settings.input == InputSettings((0, 255), (1, 2, 3), (4.0, 5, 6), "BGR", "NHWC", "letterbox", 20, 10)
    assert (settings.output, settings.labels) == ("logits", ("red hat", "background"))


def test_the_same_file_is_a_merge_for_a_parser_of_these_labels(tmp_path: Path) -> None:
    text = "input: {range: [0, 1]}\nlabels: {Bag: background, Scarf: head}\n"
    table = merge_table(ATR, read_merge(_file(tmp_path, text), ATR)).tolist()
    before = merge_table(ATR, AUTHORS_MERGE).tolist()
    changed = {label: new for label, old, new in zip(ATR, before, table, strict=True) if old != new}
    assert changed == {"Bag": 0, "Scarf": 1}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("bag: background\n", LabelError, "has no labels: write a key labels"),
        ("labels: {a: head, b: legs}\n", BadValueError, "has no input: write a key input"),
        ("input: {mean: [0, 0, 0]}\nlabels: {a: head, b: legs}\n", BadValueError, "input has no range"),
        (LEAST + "outputs: x\n", BadValueError, "has the key 'outputs': did you mean 'output'"),
        (LEAST + "output: [x]\n", BadValueError, r"output is \['x'\], expected the name"),
        (LEAST.replace("coat", "Background"), LabelError, "has two labels that differ in case"),
        (LEAST.replace(", coat: upper clothes", ""), LabelError, "has 1 labels, expected 2 to 256"),
        (LEAST.replace("upper clothes", "shirt"), LabelError, "gives 'coat' the part 'shirt': known are background"),
        (LEAST.replace("range", "rnage"), BadValueError, "input has the key 'rnage': did you mean 'range'"),
        (LEAST.replace("[0, 1]", "[1, 0]"), BadValueError, r"input\.range is \[1, 0\], expected the smaller"),
        (LEAST.replace("[0, 1]", "0..1"), BadValueError, r"input\.range is '0\.\.1', expected 2 numbers"),
        (LEAST.replace("]", "], mean: [1, 2]"), BadValueError, r"input\.mean is \[1, 2\], expected 3 numbers"),
        (LEAST.replace("]", "], std: [1, 0, 1]"), BadValueError, r"input\.std is \[1, 0, 1\], expected numbers above"),
        (LEAST.replace("]", "], std: [1, x, 1]"), BadValueError, r"input\.std is \[1, 'x', 1\], expected 3 numbers"),
        (LEAST.replace("]", "], channels: rgb"), BadValueError, r"input\.channels is 'rgb', expected RGB or BGR"),
        (
            LEAST.replace("]", "], resize: crop"),
            BadValueError,
            r"input\.resize is 'crop', expected stretch or letterbox",
        ),
        (LEAST.replace("]", "], height: 1.5"), BadValueError, r"input\.height is 1\.5, expected a number of pixels"),
    ],
)
def test_a_wrong_file_is_one_clear_sentence(tmp_path: Path, text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as raised:
        read_network_settings(_file(tmp_path, text))
    assert isinstance(raised.value, CcreidError)
    assert "merge.yaml" in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def test_the_documentations_example_is_such_a_file(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "parsing.md").read_text(encoding="utf-8")
    example = next(block for block in re.findall("```yaml\n(.*?)```", page, re.DOTALL) if "input:" in block)
    settings = read_network_settings(_file(tmp_path, example))
    assert len(settings.labels) == 25
    assert set(settings.merge.values()) == set(Part)
