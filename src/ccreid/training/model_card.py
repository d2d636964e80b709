"""The card of a model, as the hub shows it: what was trained on what, how well it does, and how to use it."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from ccreid.evaluation.results import METRICS, SourcedRow, read_sourced_results
from ccreid.models.reid_model import ReIDModel
from ccreid.provenance import versions_line
from ccreid.training.run_folder import RESULTS_FILE


def model_card(model: ReIDModel, source: Path, name: str) -> str:
    """Return the card of a model, Markdown with the hub's front matter.

    Args:
        model: The model.
        source: A run's folder, or a file in it; the results beside it are the scores.
        name: USER/NAME, as which it is on the hub.
    """
    results = (source if source.is_dir() else source.parent) / RESULTS_FILE
    rows = read_sourced_results(results) if results.is_file() else []
    recipe = model.recipe
    own = [(row, origin) for row, origin in rows if (row.recipe, row.seed) == (recipe.name, recipe.seed)]
    return (
        "\n\n".join([_front_matter(own), f"# {name}", _about(model), _use(name), *_scores(own), *_origin(model, own)])
        + "\n"
    )


def _front_matter(rows: Sequence[SourcedRow]) -> str:
    about: dict[str, Any] = {
        "library_name": "ccreid",
        "pipeline_tag": "image-feature-extraction",
        "tags": ["person-re-identification", "cloth-changing", "ccreid"],
    }
    if data := sorted({row.dataset for row, _ in rows if row.dataset}):
        about["tags"] += data
    return f"---\n{yaml.safe_dump(about, sort_keys=False)}---"


def _about(model: ReIDModel) -> str:
    asked, (height, width) = model.recipe.model, model.size
    what = model.recipe.description or f"The system {asked.system}"
    backbone = f" on {asked.backbone}" if model.network.has_backbone else ""
    trained = f"; trained for {model.epoch} epochs" if model.epoch else ""
    return (
        "A model for person re-identification across clothes: it turns a crop of one person into a feature, and "
        f"features of one person are near each other.\n\n{what}. System {asked.system}{backbone}, images of "
        f"{height}x{width} pixels{trained}."
    )


def _use(name: str) -> str:
    return f"""## Use

```python
from ccreid import ReIDModel  # pip install 'ccreid[hub]'

model = ReIDModel.from_pretrained("hf://{name}")
features = model.embed(["a.jpg", "b.jpg"])
print(model.similarity(features, features))
```

```
ccreid search photo.jpg photos --model hf://{name}
```

Which similarity means the same person differs from data to data: measure it on yours. A high similarity is a lead and
no proof of who somebody is. Do not look for people who have not agreed to it."""


def _scores(rows: Sequence[SourcedRow]) -> list[str]:
    if not rows:
        return ["## Scores\n\nNone were measured where it was pushed from."]
    heads = ["data", "setting", "protocol", *METRICS, "queries"]
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    for row, _ in rows:
        metrics = " | ".join(f"{100 * getattr(row, metric):.1f}" for metric in METRICS)
        lines.append(f"| {row.dataset} | {row.setting} | {row.protocol} | {metrics} | {row.queries} {row.unit} |")
    notes = ["In per cent. `cross`: in other clothes than the query's; `same`: in the same; `standard`: in any."]
    notes += sorted({f"Dropped before ranking: {row.dropped}." for row, _ in rows if row.dropped})
    if any(row.dataset == "wardrobe" for row, _ in rows):
        notes.append("**Wardrobe's people are rendered: these figures say little of photos.**")
    return ["## Scores", "\n".join(lines), " ".join(notes)]


def _origin(model: ReIDModel, rows: Sequence[SourcedRow]) -> list[str]:
    recipe = model.recipe
    facts = {"recipe": recipe.name or "none", "seed": recipe.seed}
    if recipe.data.root is not None:
        facts["data"] = str(recipe.data.root)
    if rows:
        origin = rows[-1][1]
        commit = origin["commit"] or "an installed package"
        facts |= {
            "data's fingerprint": origin["data"],
            "commit of ccreid": f"{commit}, with changes" if origin["dirty"] else commit,
            "versions": versions_line(origin),
            "machine": origin["machine"],
            "evaluated": origin["date"],
        }
    table = "\n".join(["| | |", "| --- | --- |", *(f"| {what} | {value} |" for what, value in facts.items())])
    settings = yaml.safe_dump(json.loads(json.dumps(dataclasses.asdict(recipe), default=str)), sort_keys=False)
    return ["## Where it comes from", table, f"```yaml\n{settings}```"]
