"""Makes the documentation's pictures of the page that `ccreid serve` serves, of rendered people.

ccreid render data/crowd --people 60 --height 384 --width 192
python docs/make_screenshots.py data/crowd --query data/crowd/rgb/test/C/055/cropped_rgb001.jpg

It needs the extras web and browser and a Chromium, which `make browser` installs.
"""

import argparse
import csv
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord
from ccreid.models.shipped import DEFAULT

CAMERAS: Final = {"A": "entrance", "B": "hall", "C": "car park"}
"""What the rendered cameras are called on the pictures; the last sees people in other clothes."""

DAYS: Final = {"A": "2026-05-04", "B": "2026-05-04", "C": "2026-05-05"}
"""When they took their photos, on the pictures."""

# Pictures below the window's edge are not loaded before they are scrolled to.
_LOADED: Final = """() => [...document.querySelectorAll(".list img")].every(
    (one) => (one.complete && one.naturalWidth) || one.getBoundingClientRect().top > innerHeight)"""

_TO_RESULTS: Final = """() => document.querySelector("#results").scrollIntoView()"""

# Milliseconds that a busy computer may take for a step.
_PATIENCE: Final = 180_000

CCREID: Final = Path(sys.executable).with_name("ccreid")


def main() -> None:
    """Write serve.png, serve_worn.png, serve_clothes.png and serve_phone.png."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="rendered people in PRCC's layout")
    parser.add_argument("model", nargs="?", type=Path, default=Path(DEFAULT), help="a run, or a model that ships")
    parser.add_argument("--query", type=Path, help="a photo of camera C; the first person's where left out")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "images", help="folder of the pictures")
    arguments = parser.parse_args()
    people = _test_people(arguments.data)[::2]
    model = arguments.model.absolute() if arguments.model.exists() else arguments.model
    query = arguments.query or next(record.image for record in people if record.camera == "C")
    with tempfile.TemporaryDirectory() as folder:
        table, features = Path(folder, "images.csv"), Path(folder, "people.parquet")
        _write_table([record for record in people if record.image != query], table)
        subprocess.run([CCREID, "embed", table, features, "--model", model], check=True)
        serve = [CCREID, "serve", "--uri", features.name, "--model", model, "--port", "0"]
        with (
            subprocess.Popen(serve, stdout=subprocess.PIPE, text=True, cwd=folder) as server,
            sync_playwright() as play,
        ):
            assert server.stdout is not None
            address = server.stdout.readline().split()[1]
            browser = play.chromium.launch(executable_path=shutil.which("chromium") or shutil.which("chromium-browser"))
            try:
                _make_pictures(browser, address, query, arguments.out)
            finally:
                browser.close()
                server.terminate()


def _make_pictures(browser: Browser, address: str, query: Path, out: Path) -> None:
    page = browser.new_page(viewport={"width": 1180, "height": 860})
    _look_for(page, address, query)
    _choose_view(page, "activation")
    page.screenshot(path=out / "serve.png")
    _choose_view(page, "photo")
    page.check("#other-clothes")
    page.wait_for_selector("#status:has-text('whatever is worn')")
    _wait_for_pictures(page)
    page.screenshot(path=out / "serve_worn.png")
    page.uncheck("#other-clothes")
    page.wait_for_selector("#status:not(:has-text('whatever is worn'))")
    page.click("#redress")
    page.wait_for_selector(".lists.two")
    _wait_for_pictures(page)
    page.evaluate(_TO_RESULTS)
    page.screenshot(path=out / "serve_clothes.png")
    phone = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark", device_scale_factor=1.5)
    _look_for(phone, address, query)
    phone.evaluate(_TO_RESULTS)
    phone.screenshot(path=out / "serve_phone.png")


def _look_for(page: Page, address: str, query: Path) -> None:
    page.set_default_timeout(_PATIENCE)
    page.goto(address)
    page.wait_for_selector("#people .tile")
    page.set_input_files("#file", query)
    page.wait_for_selector(".list .tile")
    for camera in ("entrance", "hall"):
        with page.expect_response("**/api/search"):
            page.get_by_label(camera).check()
    _wait_for_pictures(page)


def _choose_view(page: Page, view: str) -> None:
    page.locator(f"#views input[value={view}]").check()
    if view != "photo":
        page.wait_for_selector("#legend li")
    _wait_for_pictures(page)


def _wait_for_pictures(page: Page) -> None:
    page.wait_for_function(_LOADED)


def _test_people(data: Path) -> list[ImageRecord]:
    records = {record.image: record for record in PRCC(data, "none").records() if "test" in record.image.parts}
    return list(records.values())


def _write_table(records: list[ImageRecord], path: Path) -> None:
    """Write a table of the images in which cameras and times have names as they have in use."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "identity", "camera", "clothes", "time"])
        for place, record in enumerate(records):
            time = f"{DAYS[record.camera]}T{8 + place % 10:02}:{place * 7 % 60:02}"
            outfit = f"outfit {record.clothes}"
            who = f"person {record.image.parent.name}"
            rows.writerow([record.image.absolute(), who, CAMERAS[record.camera], outfit, time])


if __name__ == "__main__":
    main()
