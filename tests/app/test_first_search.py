from pathlib import Path

import pytest
from datasets.make_prcc import make_prcc
from extras import needs
from models.head_and_clothes import HeadAndClothes
from models.ready_model import ready_model

from ccreid.app import first_search
from ccreid.datasets.prcc import PRCC


def test_the_page_opens_with_what_was_found_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("figures")
    from ccreid.app.report import write_opening

    model = ready_model(HeadAndClothes().eval())
    monkeypatch.setattr(first_search.ReIDModel, "from_pretrained", lambda name: model)
    make_prcc(tmp_path / "data")
    data = PRCC(tmp_path / "data", parts="required")
    first = first_search.search_first(data, tmp_path)
    assert [name for name, _, _ in first.ways] == ["clothes do not count", "clothes count"]
    assert all(0 <= float(rank1) <= 100 for _, rank1, _ in first.ways)
    page = write_opening(first, data, tmp_path, ["ccreid", "demo"]).read_text()
    assert "Training is under way" in page
    assert "Trained just now" not in page
    assert first.ways[0][1] in page
    assert (tmp_path / first_search.PICTURE).is_file()
