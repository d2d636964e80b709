from pathlib import Path

import pytest

from ccreid.explain.cues_file import CuesError, read_cues


@pytest.mark.parametrize("text", ["", "[]", '{"cue_shares": 1}', "{}", '{"cue_shares": {"head": 20}}'])
def test_a_file_that_holds_no_cues_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "cues.json").write_text(text)
    with pytest.raises(CuesError, match=r"cues\.json holds"):
        read_cues(tmp_path)
