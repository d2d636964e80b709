"""What each step of ccreid-small's training adds on photos, with how many rendered people; into docs/results.md.

    python benchmarks/small_variants.py data/small data/photos --seeds 3

Of the system `head_clothes` all but a few linear layers is fixed. So what the fixed part sees of each training image
is computed once, with the recipe's augmentation, and the layers of each row are trained on that in seconds: with the
recipe's losses, as many steps for every row. PHOTOS holds the probes, as benchmarks/photo_probes.py reads them. Writes
docs/results/small_variants.json and the section of docs/results.md between the comments that name this file.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from photo_probes import changed, market, ranked
from result_files import origin_lines, write_json
from torch import Tensor, nn
from torch.nn import functional

from ccreid.augment import Normalise
from ccreid.augment.pipeline import Augmentation
from ccreid.datasets.images import read_image
from ccreid.datasets.open_data import open_data_set
from ccreid.datasets.record import ImageRecord
from ccreid.evaluation import provenance
from ccreid.evaluation.results import mean_spread
from ccreid.figures.page_section import replace_section
from ccreid.models.head_clothes import HEAD_WEIGHT, HeadClothes
from ccreid.prefetch import prefetch
from ccreid.progress import show_progress
from ccreid.recipe import Recipe, recipe_from_tree
from ccreid.training.module import total_loss
from ccreid.training.outfit_labels import outfits_as_identities
from ccreid.training.pk_sampler import PKSampler
from ccreid.training.recipe_file import read_recipe

_IMAGES_OF_AN_OUTFIT = 2
_VIEWS_OF_A_PHOTO = 2
_STEPS = 130
_PIECES = 3
PROBES = ("clothes_change", "market1501")
METRICS = ("R1", "mAP")


@dataclass(frozen=True)
class Variant:
    """A row: what is trained on, how, and how it is compared.

    Attributes:
        people: Rendered people.
        photos: Whether the photos are learned from.
        outfits: Whether the labels are outfits; else people.
        images: Of a batch.
        contrastive: Weight of the contrastive loss.
        adapted: Whether the statistics are the photos' in the end.
        head_weight: Length of the head's feature.
        clothes: Whether clothes are compared.
    """

    people: int
    photos: bool = True
    outfits: bool = True
    images: int = 384
    contrastive: float = 1.0
    adapted: bool = True
    head_weight: float = HEAD_WEIGHT
    clothes: bool = True


@dataclass
class Seen:
    """What the fixed part of the network sees of images, a row a view.

    Attributes:
        records: Of each row.
        head: (N, 688).
        clothes: (N, L) of upper clothes, pants and the whole person.
    """

    records: list[ImageRecord] = field(default_factory=list)
    head: Tensor = field(default_factory=lambda: torch.empty(0))
    clothes: list[Tensor] = field(default_factory=list)

    def rows(self, kept: Sequence[int]) -> "Seen":
        """Return some of the rows."""
        return Seen([self.records[row] for row in kept], self.head[kept], [piece[kept] for piece in self.clothes])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, help="what benchmarks/small_material.py wrote")
    parser.add_argument("photos", type=Path, help="the probes")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    arguments = parser.parse_args()
    recipe = recipe_from_tree(read_recipe("head_clothes", None))
    network = HeadClothes(2, "imagenet").eval()
    learned = seen_in_training(network, recipe, open_data_set(arguments.table).train)
    probes = seen_probes(network, recipe, arguments.photos)
    rendered = len({record.identity for record in learned.records} - photographed(learned.records))
    rows: dict[str, Any] = {}
    for name, variant in variants(rendered).items():
        found = [scores(variant, recipe, network, learned, probes, seed) for seed in range(arguments.seeds)]
        rows[name] = {probe: {metric: [one[probe][metric] for one in found] for metric in METRICS} for probe in PROBES}
        print(name, rows[name], file=sys.stderr, flush=True)
    run = provenance(arguments.table, ["python", *sys.argv])
    tree = {"rows": rows, "seeds": arguments.seeds, "steps": _STEPS, "run": run}
    write_json(arguments.out / "small_variants.json", tree)
    replace_section(arguments.out.parent / "results.md", "benchmarks/small_variants.py", section(tree))


def variants(people: int) -> dict[str, Variant]:
    """Return the rows by their names: all steps, without one each, and with fewer rendered people."""
    whole = Variant(people)
    steps = {
        f"all steps: {people:,} rendered people and the photos": whole,
        "not adapted to photos": replace(whole, adapted=False),
        "no photos to learn from": replace(whole, photos=False),
        "people as labels in place of outfits": replace(whole, outfits=False),
        "batches of 96 images in place of 384": replace(whole, images=96),
        "no contrastive loss": replace(whole, contrastive=0.0),
        "the head alone": replace(whole, clothes=False),
        "clothes alone": replace(whole, head_weight=0.0),
        "head of length 1": replace(whole, head_weight=1.0),
        "head of length 1.5": replace(whole, head_weight=1.5),
    }
    fewer = {
        f"{count:,} rendered people": replace(whole, people=count) for count in (0, 40, 120, 400) if count < people
    }
    return steps | fewer


def photographed(records: Sequence[ImageRecord]) -> set[int]:
    """Return the people of photos, which the table gives no camera."""
    return {record.identity for record in records if not record.camera}


def seen_in_training(network: HeadClothes, recipe: Recipe, records: Sequence[ImageRecord]) -> Seen:
    """Look once at augmented views: of a few images of each rendered outfit, and a few views of each photo."""
    of_photos = photographed(records)
    counts: dict[tuple[int, int | str | None], int] = {}
    chosen = []
    for record in records:
        outfit = (record.identity, record.clothes)
        counts[outfit] = counts.get(outfit, 0) + 1
        if record.identity in of_photos:
            chosen += [record] * _VIEWS_OF_A_PHOTO
        elif counts[outfit] <= _IMAGES_OF_AN_OUTFIT:
            chosen.append(record)
    augment = recipe.augment
    augmentation = Augmentation(augment.flip, augment.crop_padding, augment.jitter, True, augment.smallest)
    generator = torch.Generator().manual_seed(0)

    def views(images: Tensor) -> Tensor:
        augmented, _ = augmentation(images, torch.zeros_like(images[:, 0]), generator)
        return augmented

    seen = looked_at(network, recipe, [record.image for record in chosen], views)
    seen.records = chosen
    return seen


def seen_probes(network: HeadClothes, recipe: Recipe, photos: Path) -> dict[str, list[Seen]]:
    """Look at each probe's photos, and at their mirror images: by probe, its sets."""
    sets = {
        "clothes_change": [[ImageRecord.of_file(path) for path in sorted((photos / "clothes_change").glob("*.jpg"))]],
        "market1501": [market(photos / "market1501" / folder) for folder in ("query", "bounding_box_test")],
    }
    found: dict[str, list[Seen]] = {}
    for probe, lists in sets.items():
        for records in lists:
            paths = [record.image for record in records]
            views = [
                looked_at(network, recipe, paths, turn)
                for turn in (lambda images: images, lambda images: images.flip(-1))
            ]
            both = Seen(
                records,
                torch.stack([view.head for view in views]),
                [torch.stack(pieces) for pieces in zip(*(view.clothes for view in views), strict=True)],
            )
            found.setdefault(probe, []).append(both)
    return found


def looked_at(network: HeadClothes, recipe: Recipe, paths: Sequence[Path], views: Any) -> Seen:
    """Return what goes into the layers that are learned, of one view of each image."""
    caught: list[list[Tensor]] = [[] for _ in range(1 + _PIECES)]
    layers = [network.head, *(piece[0] for piece in network.clothes)]  # type: ignore[index]

    def catch(place: int) -> Any:
        return lambda _, inputs: caught[place].append(inputs[0].clone())

    hooks = [layer.register_forward_pre_hook(catch(place)) for place, layer in enumerate(layers)]
    normalise = Normalise()
    size = (recipe.data.height, recipe.data.width)
    images = prefetch(lambda path: read_image(path, *size), paths, 64)
    with torch.inference_mode(), show_progress("looking at images", len(paths), True) as advance:
        for start in range(0, len(paths), 32):
            batch = torch.stack([next(images) for _ in paths[start : start + 32]])
            network(normalise(views(batch)))
            advance(len(batch), 0)
    for hook in hooks:
        hook.remove()
    head, *clothes = (torch.cat(one) for one in caught)
    return Seen([], head, clothes)


def scores(
    variant: Variant, recipe: Recipe, network: HeadClothes, learned: Seen, probes: dict[str, list[Seen]], seed: int
) -> dict[str, dict[str, float]]:
    """Train a row's layers with a seed and search the probes."""
    of_photos = photographed(learned.records)
    rendered = sorted({record.identity for record in learned.records} - of_photos)[: variant.people]
    people = set(rendered) | (of_photos if variant.photos else set())
    own = learned.rows([row for row, record in enumerate(learned.records) if record.identity in people])
    photos = learned.rows([row for row, record in enumerate(learned.records) if record.identity in of_photos])
    layers = trained(variant, recipe, own, seed)
    head = nn.BatchNorm1d(learned.head.shape[1], affine=False, momentum=None)
    if variant.adapted:
        refit(head, photos.head)
        for layer, piece in zip(layers, photos.clothes, strict=True):
            refit(layer[0], piece)
    else:
        refit(head, own.head)
    found = {}
    for probe, sets in probes.items():
        features = [feature(variant, head, layers, one) for one in sets]
        if len(sets) == 1:
            measured = changed([record.image for record in sets[0].records], features[0], features[0])
        else:
            measured = ranked(*features, *(one.records for one in sets))
        found[probe] = {metric: float(measured[metric]["value"]) for metric in METRICS}
    return found


def trained(variant: Variant, recipe: Recipe, own: Seen, seed: int) -> list[nn.Sequential]:
    """Return the layers of the three pieces of clothes, trained for `_STEPS` steps with the recipe's losses."""
    records = outfits_as_identities(own.records) if variant.outfits else own.records
    _, labels = np.unique([record.identity for record in records], return_inverse=True)
    torch.manual_seed(seed)
    fresh = HeadClothes(int(labels.max()) + 1, "none")
    layers = [piece for piece in fresh.clothes if isinstance(piece, nn.Sequential)]
    settings = replace(recipe.loss, contrastive_weight=variant.contrastive)
    loss = total_loss(replace(recipe, loss=settings))
    schedule = recipe.schedule
    learnable = [*fresh.clothes.parameters(), *fresh.neck.parameters(), *fresh.classifier.parameters()]
    optimizer = torch.optim.AdamW(learnable, schedule.learning_rate, weight_decay=schedule.weight_decay)
    decay = torch.optim.lr_scheduler.OneCycleLR(optimizer, schedule.learning_rate, _STEPS)
    batches = endless(labels.tolist(), variant.images // _IMAGES_OF_AN_OUTFIT, seed)
    targets = torch.from_numpy(labels)
    for _ in range(_STEPS):
        rows = next(batches)
        embeddings = tuple(layer(piece[rows]) for layer, piece in zip(layers, own.clothes, strict=True))
        logits = (fresh.classifier(fresh.neck(embeddings[-1])),)
        optimizer.zero_grad()
        loss(logits, embeddings, targets[rows], None, {}, None).total.backward()
        optimizer.step()
        decay.step()
    return [layer.eval() for layer in layers]


def endless(labels: Sequence[int], identities: int, seed: int) -> Iterator[list[int]]:
    """Yield batches of P x 2 rows without end."""
    sampler = PKSampler(labels, min(identities, len(set(labels))), _IMAGES_OF_AN_OUTFIT, seed=seed)
    epoch = 0
    while True:
        sampler.set_epoch(epoch)
        yield from sampler
        epoch += 1


def refit(norm: nn.Module, inputs: Tensor) -> None:
    """Give a batch norm the mean and the variance of these rows."""
    assert isinstance(norm, nn.BatchNorm1d) and norm.running_mean is not None and norm.running_var is not None
    norm.running_mean.copy_(inputs.mean(0))
    norm.running_var.copy_(inputs.var(0))
    norm.eval()


@torch.no_grad()
def feature(variant: Variant, head: nn.Module, layers: Sequence[nn.Module], seen: Seen) -> NDArray[np.float32]:
    """Return the feature of each photo: of it and of its mirror image, summed; what is not seen has none."""
    pieces = [(variant.head_weight, head, seen.head)]
    if variant.clothes:
        pieces += [(1.0, layer, piece) for layer, piece in zip(layers, seen.clothes, strict=True)]
    both = []
    for weight, layer, views in pieces:
        flat = views.flatten(0, 1)
        found = functional.normalize(layer(flat)) * flat.any(1)[:, None]
        both.append(weight * found.unflatten(0, views.shape[:2]))
    whole: NDArray[np.float32] = torch.cat(both, dim=2).sum(0).numpy()
    return whole


def section(tree: dict[str, Any]) -> str:
    lines = [
        *origin_lines(tree["run"]),
        f"- {tree['steps']} steps a row, whatever it is trained on, {_IMAGES_OF_AN_OUTFIT} images of an outfit",
        f"- per cent; mean ± sample standard deviation over {tree['seeds']} seeds",
        "",
        "| row | " + " | ".join(f"{probe}: {metric}" for probe in PROBES for metric in METRICS) + " |",
        "| --- | " + " | ".join("---:" for _ in PROBES for _ in METRICS) + " |",
    ]
    for name, found in tree["rows"].items():
        cells = " | ".join(mean_spread(found[probe][metric]).percent() for probe in PROBES for metric in METRICS)
        lines.append(f"| {name} | {cells} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
