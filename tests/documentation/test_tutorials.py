"""The pages that a newcomer follows, word for word: their commands and Python blocks, in their order, in one folder.

Sizes are tiny: few drawn or rendered people, few pixels, one epoch. What a page says in fences without a language needs
something that is not here, such as a network, a data set or a package index, and is parsed alone, by test_pages.
"""

import shutil
from pathlib import Path

import pytest
import yaml
from app.tiny_settings import write_tiny_profile
from datasets.make_photos import make_people
from documentation.pages import DOCS, Block, blocks, commands
from extras import needs
from PIL import Image

from ccreid.app.cli import main
from ccreid.wardrobe.presets import PRESETS, Preset

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow")]

# The pages, and the extras that their commands need.
PAGES = {
    "index": ("parquet",),
    "photos": ("parquet", "train", "check"),
    "extend": (),
    "wardrobe": ("render", "train", "figures"),
}

# In `wardrobe` those that share one data set, in the order of reading.
ON_RENDERED_PEOPLE = ("method", "train", "reproduce")

# Commands that a test of their own runs, as they take long at any size.
ELSEWHERE = {"demo": "app/test_commands.py"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with what the pages speak of: photos, some of them by name, and a small data set."""
    monkeypatch.chdir(tmp_path)
    make_people(tmp_path / "photos", tuple("abcd"))
    shutil.rmtree(tmp_path / "photos" / "parts", ignore_errors=True)
    first, second, third = sorted((tmp_path / "photos").rglob("*.jpg"))[:3]
    for photo, name in ((first, "a.jpg"), (second, "b.jpg"), (third, "photo.jpg")):
        shutil.copy(photo, tmp_path / name)
    for part in ("train", "query", "gallery"):
        (tmp_path / "hallway" / part).mkdir(parents=True)
        for person in (1, 2):
            camera = 2 if part == "gallery" else 1
            place = tmp_path / "hallway" / part / f"p{person}_cam{camera}_0001.jpg"
            Image.open(first).save(place)
    return tmp_path


@pytest.fixture
def profile(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the profile that takes the place of `cpu`, so that every training is tiny, as the rendered people are."""
    path = write_tiny_profile(tmp_path_factory.mktemp("profile") / "cpu.yaml")
    tree = yaml.safe_load(path.read_text())
    tree["data"] |= {"identities": 2, "instances": 2}
    path.write_text(yaml.safe_dump(tree))
    monkeypatch.setitem(PRESETS, "mini", Preset("mini", 4, 3, 4 * 6, 6, 6, 6, height=64, width=32))
    return path


def _follow(page: str, profile: Path) -> int:
    """Run the blocks of a page; return how many commands and Python blocks there were."""
    done = 0
    names: dict[str, object] = {}
    for number, block in enumerate(blocks(DOCS / f"{page}.md")):
        if block.language == "python":
            exec(compile(block.code, f"{page}.md, block {number}", "exec"), names)
            done += 1
        elif block.language == "yaml":
            Path("mine.yaml").write_text(block.code)
        elif block.language == "sh":
            done += _run(block, page, profile)
    return done


def _run(block: Block, page: str, profile: Path) -> int:
    found = [words for words in commands(block.code) if words[0] not in ELSEWHERE]
    for words in found:
        if words[0] == "render" and Path(words[1]).exists():
            continue  # another page made it
        status = main([str(profile) if word == "cpu" else word for word in words])
        # That so few people do not make a batch of the paper's size is what `check` is to say.
        assert status == 0 or words[0] == "check", f"{page}.md: ccreid {' '.join(words)}"
    return len(found)


@pytest.mark.parametrize("page", [name for name in PAGES if name != "wardrobe"])
@pytest.mark.usefixtures("folder")
def test_a_page_can_be_followed(page: str, profile: Path) -> None:
    for extra in PAGES[page]:
        needs(extra)
    assert _follow(page, profile) >= 3


@pytest.mark.usefixtures("folder")
def test_the_pages_on_rendered_people_can_be_followed_one_after_the_other(profile: Path) -> None:
    for extra in PAGES["wardrobe"]:
        needs(extra)
    for page in ON_RENDERED_PEOPLE:
        assert _follow(page, profile) >= 3
    assert Path("report/table2.md").is_file()
    assert all(Path(f"{name}.png").is_file() for name in ("samples", "erasing", "cam", "ranks"))
