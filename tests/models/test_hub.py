"""Fetching from the hub and pushing to it, on a stand-in of its HTTP API; no network."""

from extras import needs

needs("hub")

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from models.hub_stand_in import HubStandIn, hub_stand_in

from ccreid.errors import BadValueError, MissingExtraError
from ccreid.models import hub as our_hub
from ccreid.models.hub import HubError, fetch_model, push_files

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubStandIn]:
    with hub_stand_in(tmp_path / "cache") as hub:
        hub.files["alice/reid", "model.safetensors"] = CONTENT
        yield hub


def test_a_model_is_fetched_once_under_both_spellings_of_its_name(hub: HubStandIn) -> None:
    for source in (
        "hf://alice/reid",
        Path("hf://alice/reid"),
        "hf://alice/reid@main",
        f"hf://alice/reid@{hub.commit()}",
    ):
        assert fetch_model(source).read_bytes() == CONTENT
    assert [asked.split()[0] for asked in hub.asked].count("GET") == 1


def test_what_is_in_the_cache_does_without_the_hub(hub: HubStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch_model("hf://alice/reid")
    asked = len(hub.asked)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert fetch_model("hf://alice/reid").read_bytes() == CONTENT
    assert len(hub.asked) == asked
    with pytest.raises(HubError, match="hf://bob/reid: LocalEntryNotFoundError"):
        fetch_model("hf://bob/reid")


def test_a_file_that_came_damaged_is_refused_and_fetched_anew(hub: HubStandIn) -> None:
    hub.damaged = True
    with pytest.raises(HubError, match=r"the model\.safetensors of hf://alice/reid is damaged"):
        fetch_model("hf://alice/reid")
    hub.damaged = False
    assert fetch_model("hf://alice/reid").read_bytes() == CONTENT


def test_a_file_that_was_damaged_in_the_cache_is_refused(hub: HubStandIn) -> None:
    path = fetch_model("hf://alice/reid").resolve()
    path.chmod(0o644)
    path.write_bytes(CONTENT[::-1])
    with pytest.raises(HubError, match="it was removed from the cache"):
        fetch_model("hf://alice/reid")
    assert fetch_model("hf://alice/reid").read_bytes() == CONTENT


@pytest.mark.parametrize("links", [True, False])
def test_where_a_system_has_no_links_the_hub_is_asked_for_the_checksum(
    links: bool, hub: HubStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.file_download.are_symlinks_supported", lambda folder: links)
    path = fetch_model("hf://alice/reid")
    assert path.is_symlink() == links
    path.resolve().chmod(0o644)
    path.write_bytes(b"damaged")
    with pytest.raises(HubError, match="it was removed from the cache"):
        fetch_model("hf://alice/reid")


def test_a_small_file_that_the_hub_keeps_in_git_has_its_name_there(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    # What `git hash-object` says of an empty file.
    of_nothing = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert our_hub._digest_like(of_nothing, tmp_path / "empty") == of_nothing


@pytest.mark.slow
def test_what_is_pushed_is_fetched(hub: HubStandIn) -> None:
    files = {"model.safetensors": CONTENT[::2], "README.md": b"# A card"}
    address = push_files("alice/new", files, "Add it", private=True)
    assert address == f"{hub.address}/alice/new"
    assert hub.visibility == {"alice/new": "private"}
    assert hub.files["alice/new", "README.md"] == b"# A card"
    assert fetch_model("hf://alice/new").read_bytes() == CONTENT[::2]
    push_files("alice/new", {"README.md": b"# Another"}, "Change it")
    assert hub.files["alice/new", "README.md"] == b"# Another"


def test_who_may_not_write_is_told_in_one_line(hub: HubStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_nobody")
    with pytest.raises(HubError, match=r"401.*log in with `hf auth login`") as raised:
        push_files("alice/new", {"README.md": b""}, "Add it")
    assert len(str(raised.value).splitlines()) == 1
    assert not hub.visibility


def test_what_is_not_there_is_one_line(hub: HubStandIn) -> None:
    with pytest.raises(HubError, match=r"hf://alice/other: RepositoryNotFoundError, 404.*check the name") as raised:
        fetch_model("hf://alice/other")
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["alice", "alice/reid/model", "", "alice/re id"])
def test_another_kind_of_name_is_refused_before_anything_is_asked(name: str, hub: HubStandIn) -> None:
    with pytest.raises(BadValueError, match="is no model's name on the hub: give USER/NAME"):
        fetch_model(f"hf://{name}")
    with pytest.raises(BadValueError, match="is no model's name on the hub: give USER/NAME"):
        push_files(name, {}, "Add it")
    assert not hub.asked


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ccreid\[hub\]'"):
        fetch_model("hf://alice/reid")
