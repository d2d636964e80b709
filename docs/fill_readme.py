"""Fills README.md's sections of measured things: `python docs/fill_readme.py`; no figure in them is typed by hand.

The front door's output is what its lines print on the rendered people of examples/people, the tables are from
docs/results and from the model that ships. A section stands between `<!-- docs/fill_readme.py: NAME -->` and
`<!-- end of docs/fill_readme.py: NAME -->`.
"""

import contextlib
import io
import json
import os
from pathlib import Path
from typing import Any, Final

from ccreid.evaluation.results import mean_spread
from ccreid.figures.page_section import replace_section
from ccreid.models.checkpoint import read_about
from ccreid.models.shipped import shipped_models

ROOT: Final = Path(__file__).parents[1]
README: Final = ROOT / "README.md"
RESULTS: Final = ROOT / "docs" / "results"
PEOPLE: Final = ROOT / "examples" / "people"

FRONT_DOOR: Final = """\
from ccreid import ReIDModel

model = ReIDModel.from_pretrained("ccreid-small")  # ships with ccreid; or a run's folder, a file, hf://USER/NAME
features = model.embed(["emil/monday.jpg", "emil/tuesday.jpg", "carla/monday.jpg"])  # paths, Pillow images, arrays
print(features.shape)
print(model.similarity(features, features).round(2))
print(model.same_person("emil/monday.jpg", "emil/tuesday.jpg", fmr=0.01))
"""

TRAINED_ON: Final = {"ccreid-small": "rendered people and photos"}
"""What a shipped model's card says of its images, in a few words."""

PROBES: Final = {
    "clothes_change": ("photos: people in other clothes", "other"),
    "market1501": ("photos: Market-1501, part", "same"),
}
"""What the README calls the probes of docs/results/photo_probes.json that it shows, and what their people wear."""


def front_door() -> str:
    """Return the lines, and what they print where the three photos are."""
    printed = io.StringIO()
    with contextlib.chdir(PEOPLE), contextlib.redirect_stdout(printed):
        exec(compile(FRONT_DOOR, "the front door", "exec"), {})
    return f"```python\n{FRONT_DOOR}```\n\n```\n{printed.getvalue()}```"


def results() -> str:
    """Return the table of what was measured, on rendered people and on photos."""
    lines = [
        "| tested on | model | clothes | R1 | mAP |",
        "| --- | --- | --- | ---: | ---: |",
        *_rendered(),
        *_crowds(),
        *_learned_from_photos(),
        *_photos(),
    ]
    return "\n".join(lines)


def zoo() -> str:
    """Return the table of the weights that ship."""
    lines = [
        "| weights | size | trained on | measured on | seeds | licence |",
        "| --- | ---: | --- | --- | --- | --- |",
    ]
    for name, path in shipped_models().items():
        about = read_about(path)
        rows = (about.scores or {"rows": []})["rows"]
        protocols = ", ".join(sorted({row["protocol"] for row in rows}))
        data = ", ".join(sorted({row["dataset"] for row in rows}))
        seeds = ", ".join(map(str, sorted({row["seed"] for row in rows} | {about.recipe.seed})))
        lines.append(
            f"| [`{name}`](docs/small_card.md) | {_megabytes(path)} | {TRAINED_ON[name]} | {data}; {protocols} "
            f"| {seeds} | MIT |"
        )
    lite = ROOT / "src" / "ccreid" / "parsing" / "lite" / "lite.safetensors"
    lines.append(
        f"| [`lite`](docs/parser_card.md), the human parser | {_megabytes(lite)} | rendered people and photos "
        "| held-out people of both | 0 | MIT |"
    )
    return "\n".join(lines)


SECTIONS: Final = {"front door": front_door, "results": results, "zoo": zoo}
"""What fills each section, by its name."""


def _rendered() -> list[str]:
    lines = []
    for table, recipe, words in (
        ("table2", "baseline", "baseline"),
        ("table2", "pixel_sampling_mse", "the method"),
        ("best", "best_small", "the method and what helps it, `best_small`"),
    ):
        rows = json.loads((RESULTS / f"{table}.json").read_text())["rows"]
        for setting, clothes in (("cross", "other"), ("same", "same")):
            own = [
                row
                for row in rows
                if (row["recipe"], row["setting"], row["protocol"]) == (recipe, setting, "all-gallery")
            ]
            scores = " | ".join(mean_spread([row[name] for row in own]).percent() for name in ("R1", "mAP"))
            lines.append(f"| rendered: 30 people | {words}, {len(own)} seeds | {clothes} | {scores} |")
    return lines


def _learned_from_photos() -> list[str]:
    """Return what the paper's recipes score on photos when they are trained on Market-1501's."""
    trained = json.loads((RESULTS / "photos_claim.json").read_text())["trained on"]["market"]
    lines = []
    for recipe, words in (("baseline", "baseline"), ("pixel_sampling_mse", "the method")):
        for probe, (shown, clothes) in PROBES.items():
            seeds = [seed[probe] for seed in trained[recipe]]
            scores = " | ".join(
                mean_spread([seed[name]["value"] for seed in seeds]).percent() for name in ("R1", "mAP")
            )
            lines.append(
                f"| {shown}, {seeds[0]['people']} people | {words}, trained on Market-1501, {len(seeds)} seeds "
                f"| {clothes} | {scores} |"
            )
    return lines


def _crowds() -> list[str]:
    """Return what the shipped models scored on rendered people, as their files say."""
    lines = []
    for name, path in shipped_models().items():
        for row in (read_about(path).scores or {"rows": []})["rows"]:
            if row["dataset"] == "rendered" and row["setting"] in ("cross", "same"):
                clothes = "other" if row["setting"] == "cross" else "same"
                scores = f"{100 * row['R1']:.1f} | {100 * row['mAP']:.1f}"
                lines.append(f"| rendered: a crowd, {row['queries']} queries | `{name}` | {clothes} | {scores} |")
    return lines


def _photos() -> list[str]:
    models = json.loads((RESULTS / "photo_probes.json").read_text())["models"]
    lines = []
    for model, probes in models.items():
        for probe, (words, clothes) in PROBES.items():
            # Within the same clothes there is no point in leaving them out.
            if probe in probes and not (clothes == "same" and "--other-clothes" in model):
                found = probes[probe]
                scores = " | ".join(_interval(found[name]) for name in ("R1", "mAP"))
                lines.append(f"| {words}, {found['people']} people | `{model}` | {clothes} | {scores} |")
    return lines


def _interval(estimate: dict[str, Any]) -> str:
    low, high = estimate["interval"]
    return f"{100 * estimate['value']:.1f} ({100 * low:.0f} to {100 * high:.0f})"


def _megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} MB"


def main() -> None:
    """Fill all sections."""
    for name, content in SECTIONS.items():
        replace_section(README, f"docs/fill_readme.py: {name}", f"{content()}\n")
    print(f"filled {', '.join(SECTIONS)} of {os.path.relpath(README)}")


if __name__ == "__main__":
    main()
