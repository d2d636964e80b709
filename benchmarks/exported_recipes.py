"""Whether the files of all recipes' networks give PyTorch's features on photos; into docs/export.md.

    python benchmarks/exported_recipes.py FOLDER

Exports each network that recipes train, with weights by chance and in the recipe's size, and compares the features of
100 photos of the folder. Stops where two differ by more than 1e-4. Writes docs/results/exported_recipes.json and the
section of docs/export.md between the two comments that name this file.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from exported_precision import FromFile
from result_files import origin_lines, write_json

from ccreid.datasets.image_tree import find_images
from ccreid.evaluation import provenance
from ccreid.figures.page_section import replace_section
from ccreid.models.export.export_model import TOLERANCES, export_onnx
from ccreid.models.export.whole_model import ExportError
from ccreid.models.reid_model import ReIDModel
from ccreid.models.systems import build_model
from ccreid.recipe import Recipe, recipe_from_tree
from ccreid.training.recipe_file import read_recipe, recipe_names

PHOTOS = 100


@dataclass
class Compared:
    """One network.

    Attributes:
        recipes: That train it.
        network: System, backbone and size.
        difference: Greatest length of the difference of a feature from PyTorch's; None where the network is refused.
    """

    recipes: list[str]
    network: str
    difference: float | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--page", type=Path, default=Path("docs/export.md"))
    arguments = parser.parse_args()
    photos = find_images(arguments.folder)
    photos = photos[:: max(1, len(photos) // PHOTOS)][:PHOTOS]
    rows: list[Compared] = []
    for recipe, names in networks():
        rows.append(compared(recipe, names, photos))
        print(rows[-1], file=sys.stderr)
    run = provenance(arguments.folder, ["python", *sys.argv])
    tree = {"photos": len(photos), "networks": [asdict(row) for row in rows], "run": run}
    write_json(arguments.out / "exported_recipes.json", tree)
    section = "\n".join([*origin_lines(run), "", *table(rows), ""])
    replace_section(arguments.page, "benchmarks/exported_recipes.py", section)
    print(section)
    if wrong := [row for row in rows if row.difference is not None and not row.difference <= TOLERANCES["float32"]]:
        raise SystemExit(f"these differ from PyTorch: {wrong}")


def networks() -> Iterator[tuple[Recipe, list[str]]]:
    """Yield each network's first recipe and the names of all: what else recipes differ by, no file knows of."""
    found: dict[str, tuple[Recipe, list[str]]] = {}
    for name in recipe_names():
        recipe = recipe_from_tree(read_recipe(name))
        model = recipe.model
        key = f"{model.system} {model.backbone} {model.last_stride} {model.pooling} {recipe.data.height}"
        found.setdefault(key, (recipe, []))[1].append(name)
    yield from found.values()


def compared(recipe: Recipe, names: list[str], photos: Sequence[Path]) -> Compared:
    """Return how far the file of a recipe's network is from PyTorch's.

    Args:
        recipe: It.
        names: Of all recipes that train the network.
        photos: That are compared.
    """
    asked, size = recipe.model, f"{recipe.data.height}x{recipe.data.width}"
    with tempfile.TemporaryDirectory() as folder:
        if asked.backbone.startswith("timm/"):
            asked.backbone = _like_eva(Path(folder, "vit"))
        torch.manual_seed(0)
        network = build_model(asked.system, 3, asked.backbone, "none", asked.last_stride, asked.pooling)
        kind = "a small transformer as EVA-02 is built" if asked.backbone.startswith("hf/") else asked.backbone
        described = f"{asked.system}, {kind}, {size}"
        model = ReIDModel(network.eval(), recipe, "cpu")
        try:
            written = export_onnx(model, Path(folder, "model.onnx"))
        except ExportError:
            if network.reads_parts != "always" and not network.reads_own_size:
                raise
            return Compared(names, described, None)
        away = FromFile(model, written).embed(photos) - model.embed(photos, progress=False)
        return Compared(names, described, float(np.linalg.norm(away, axis=1).max()))


def table(rows: Sequence[Compared]) -> list[str]:
    """Return the networks as a table in Markdown."""
    lines = ["| network | recipes | difference |", "| --- | --- | ---: |"]
    for row in rows:
        said = "refused: reads more than images" if row.difference is None else f"{row.difference:.1e}"
        lines.append(f"| {row.network} | {', '.join(f'`{name}`' for name in row.recipes)} | {said} |")
    return lines


def _like_eva(folder: Path) -> str:
    """Return a small vision transformer of transformers, with rotary positions and gated blocks as EVA-02 has."""
    import transformers

    transformers.DINOv3ViTConfig(
        patch_size=16,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=4,
        num_attention_heads=2,
        use_gated_mlp=True,
        hidden_act="silu",
    ).save_pretrained(folder)
    return f"hf/{folder}"


if __name__ == "__main__":
    main()
