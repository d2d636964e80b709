from extras import needs

needs("parquet")

from typing import Any

import pytest
from benchmarks.load_script import load_script
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

targets = load_script("fuzz/targets")

# Where a file is changed, and into what: a byte, a number at the edge of its range, nothing at all.
_CHANGES = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 4),
        st.one_of(
            st.binary(max_size=4), st.sampled_from([b"\xff" * 8, bytes(8), b"\x7f\xff\xff\xff", b"-1", b'"', b"["])
        ),
    ),
    max_size=4,
)


def _case(name: str) -> Any:
    return pytest.mark.answers("bad data", f"any change of a file: {name.replace('_', ' ')}")


def test_the_files_as_they_should_be_are_those_of_the_corpus() -> None:
    assert {name: set(files) for name, files in targets.seeds().items()} == {
        name: {file for file in targets.corpus(name) if file.startswith("seed_")} for name in targets.TARGETS
    }


@pytest.mark.parametrize("name", [pytest.param(name, marks=_case(name)) for name in targets.TARGETS])
def test_no_file_of_the_corpus_breaks_its_reader(name: str) -> None:
    for data in targets.corpus(name).values():
        targets.TARGETS[name](data)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Pillow's, of what it reads all the same
@pytest.mark.parametrize("name", [pytest.param(name, marks=_case(name)) for name in targets.TARGETS])
@settings(max_examples=25, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_change_of_a_file_breaks_its_reader(name: str, data: Any) -> None:
    """Each reader refuses a file or reads it."""
    files = targets.corpus(name)
    content = files[data.draw(st.sampled_from(sorted(files)))]
    for place, removed, added in data.draw(_CHANGES):
        start = round(place * len(content))
        content = content[:start] + added + content[start + removed :]
    targets.TARGETS[name](content)


def test_a_reader_that_breaks_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "read_table", lambda path: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        targets.TARGETS["table"](b"")
