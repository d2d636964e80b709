"""One training step of ResNet-50 on the CPU in float32, baseline and method, against the released code's step."""

import copy
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import measuring
import numpy as np
import peers
import torch
from measuring import OURS, Case, Row
from torch import nn

from ccreid.augment import Normalise
from ccreid.datasets.reid_dataset import Batch
from ccreid.training.module import ReIDTraining
from ccreid.training.recipe import recipe_from_tree
from ccreid.training.recipe_file import read_recipe

# A quarter of the paper's batch: 4 identities x 4 images.
IDENTITIES, INSTANCES, HEIGHT, WIDTH, CLASSES = 4, 4, 256, 128, 150
REPEATS = 2

KINDS = {
    "baseline": ("do_train_prcc_base", "score, feat = model(img)"),
    "pixel_sampling_mse": ("do_train_prcc_pix_mse", "b, c, h, w = img.shape"),
}


def main() -> None:
    warnings.filterwarnings("ignore", message=r".*self\.log.*")
    arguments = measuring.arguments(__doc__)
    row = Row("training_step", f"Training step, ResNet-50, {HEIGHT}x{WIDTH}, float32 on the CPU", [])
    for recipe_name, lines in KINDS.items():
        compare(recipe_name, lines, arguments.peers, row)
    row.remarks = (
        "A step is everything from a batch in memory to the updated weights: for ours uint8 images, flip, crop, pixel "
        "sampling and normalisation included; the released step starts from normalised images. The share of pixel "
        "sampling is its time on the same images over our method's step."
    )
    measuring.finish(row, arguments.out)


def compare(recipe_name: str, lines: tuple[str, str], folder: Path | None, row: Row) -> None:
    module, batch = our_step(recipe_name)
    optimizer = module.configure_optimizers()["optimizer"]

    def ours() -> float:
        loss = module.training_step(batch, 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    runs: dict[str, Any] = {OURS: ours}
    equality = ""
    try:
        checkout = peers.checkout(folder, peers.RELEASED)
        model, criterion, names = released_step(checkout, recipe_name, batch)
        equality = same_losses(module, model, criterion, batch, consistency=recipe_name != "baseline")
        block = peers.lines_of(checkout / "engine" / "trainer.py", lines[0], lines[1], "optimizer.step()")
        runs["released code"] = lambda: exec(block, names)
        row.peers[peers.RELEASED] = peers.commit(checkout)
    except peers.PeerMissingError as missing:
        row.missing.append(str(missing))
    doubled = "" if recipe_name == "baseline" else " and as many generated"
    seconds = measuring.alternate(runs, REPEATS)
    work = f"{recipe_name}, {IDENTITIES} x {INSTANCES} images{doubled}"
    row.cases.append(Case(work, "s", seconds, {"released code": 1.3}, equality))
    if module.pixel_sampling is not None:
        sampling = measuring.alternate({"": lambda: module.pixel_sampling(batch.image, batch.parts)}, 5)[""]
        step = row.cases[-1].median(OURS)
        row.cases.append(
            Case(
                "pixel sampling, of the method's step",
                "s",
                {OURS: sampling, "bound: 1 % of the step": [step / 100]},
                {"bound: 1 % of the step": 1},
            )
        )


def our_step(recipe_name: str) -> tuple[ReIDTraining, Batch]:
    tree = read_recipe(recipe_name)
    tree["model"] |= {"weights": "none"}
    tree["loss"] = tree.get("loss", {}) | {"label_smoothing": 0.1}
    if "pixel_sampling" in tree:
        # The same maths as the released code.
        tree["loss"] |= {"consistency": "sigmoid"}
        tree["pixel_sampling"] |= {"colours": "channels"}
    torch.manual_seed(0)
    module = ReIDTraining(recipe_from_tree(tree), CLASSES).train()
    generator = torch.Generator().manual_seed(0)
    count = IDENTITIES * INSTANCES
    images = torch.randint(0, 256, (count, 3, HEIGHT, WIDTH), dtype=torch.uint8, generator=generator)
    parts = torch.zeros(count, HEIGHT, WIDTH, dtype=torch.uint8)
    parts[:, 50:130, 30:100], parts[:, 130:230, 35:95] = 2, 3
    labels = torch.arange(IDENTITIES).repeat_interleave(INSTANCES)
    return module, Batch(images, parts, labels, torch.zeros(count, dtype=torch.int64), torch.arange(count))


def released_step(checkout: Path, recipe_name: str, batch: Batch) -> tuple[nn.Module, Any, dict[str, Any]]:
    """Return the released model, its loss, and the names that the lines of its loop use."""
    network, layers, solver = peers.load_package(checkout, "modeling.pcb_seg", "layers", "solver")
    torch.manual_seed(0)
    model = network.GLOBAL(CLASSES, None, network.Bottleneck, [3, 4, 6, 3]).train()
    # The defaults of its command.
    settings = SimpleNamespace(
        lr=3.5e-4,
        bias_lr_factor=1.0,
        weight_decay=5e-4,
        weight_decay_bias=5e-4,
        optimizer_name="SGD",
        momentum=0.9,
        margin=0.3,
    )
    make_loss = layers.make_loss_with_triplet_entropy
    if recipe_name != "baseline":
        make_loss = layers.make_loss_with_triplet_entropy_mse
    criterion = make_loss(settings, CLASSES)
    names = {
        "img": Normalise()(batch.image),
        "mask": nn.functional.one_hot(batch.parts.long(), 6).permute(0, 3, 1, 2).float(),
        "target": batch.label,
        "model": model,
        "loss_fn": criterion,
        "optimizer": solver.make_optimizer_with_triplet(settings, model),
        "use_cuda": False,
        "torch": torch,
        "np": np,
        "copy": copy,
    }
    return model, criterion, names


def same_losses(module: ReIDTraining, model: nn.Module, criterion: Any, batch: Batch, *, consistency: bool) -> str:
    """Give both networks one set of weights and one batch, and compare what their losses say; returns how close."""
    weights = {
        name.replace("backbone.", "").replace("bnneck.", "bottleneck."): value
        for name, value in module.model.state_dict().items()
    }
    # In float64: the released distances come from a matrix product, which loses small ones in float32.
    ours, theirs = copy.deepcopy(module.model).double(), copy.deepcopy(model).double()
    theirs.load_state_dict(weights)
    images, labels = Normalise()(batch.image).double(), batch.label
    if consistency:
        images, labels = torch.cat([images, images.flip(3)]), torch.cat([labels, labels])
    with torch.no_grad():
        output = ours(images)
        mine = float(module.loss(output.logits, output.embeddings, labels).total)
        other = float(criterion(*theirs(images), labels))
    gap = abs(mine - other) / abs(other)
    if gap > 1e-4:
        raise SystemExit(f"with the same weights and images our loss is {mine:.6f} and the released one {other:.6f}")
    return f"total loss for the same weights and images: relative difference {gap:.0e} in float64"


if __name__ == "__main__":
    main()
