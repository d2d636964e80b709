"""One training step of ResNet-50 on the CPU in float32, baseline and method, against the released code's step."""

import copy
import warnings
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import measuring
import numpy as np
import peers
import torch
from measuring import OURS, Case, Row
from torch import nn
from torch.profiler import ProfilerActivity, profile

from ccreid.augment import Normalise
from ccreid.datasets.reid_dataset import Batch
from ccreid.kept_memory import keep_freed_memory
from ccreid.recipe import recipe_from_tree
from ccreid.training.module import ReIDTraining
from ccreid.training.recipe_file import read_recipe

# The paper's batch: 16 identities x 4 images, and with pixel sampling as many generated ones.
IDENTITIES, INSTANCES, STEPS = 16, 4, 2
QUICK_IDENTITIES, QUICK_STEPS = 2, 1
# For comparing losses, in float64.
FEW = 2
HEIGHT, WIDTH, CLASSES = 256, 128, 150
# What ResNet-50 keeps of an image for the backward pass, from a trial.
GB_FOR_AN_IMAGE = 0.1

KINDS = {
    "baseline": ("do_train_prcc_base", "score, feat = model(img)"),
    "pixel_sampling_mse": ("do_train_prcc_pix_mse", "b, c, h, w = img.shape"),
}
PEER, CONVOLUTIONS, ONE_PERCENT = "released code", "limit: inside convolutions", "bound: 1 % of the step"


def main() -> None:
    arguments = measuring.arguments(__doc__)
    row = Row("training_step", f"Training step, ResNet-50, {HEIGHT}x{WIDTH}, float32 on the CPU", [])
    for recipe_name in KINDS:
        identities, steps = (QUICK_IDENTITIES, QUICK_STEPS) if arguments.quick else (that_fit(recipe_name), STEPS)
        compare(recipe_name, identities, steps, arguments.peers, row)
    row.remarks = (
        "A step is everything from a batch in memory to the updated weights: for ours uint8 images, flip, crop, pixel "
        "sampling and normalisation included; the released step starts from normalised images. Ours and the released "
        "step run one after the other, each in a process of its own and after one step to warm up: both together do "
        "not fit in memory, which also decides how many of the paper's 16 identities a batch has. Ours keeps freed "
        "memory in its process, as every command of ccreid does. The share of pixel sampling is its time on the same "
        "images over our method's step; originals and generated copies are one uint8 batch until they are normalised, "
        "so joining them is not a second copy of the float batch."
    )
    measuring.finish(row, arguments.out)


def that_fit(recipe_name: str) -> int:
    """Return how many identities a step has memory for, at most the paper's."""
    images = INSTANCES * (1 if recipe_name == "baseline" else 2)
    identities = IDENTITIES
    while identities > QUICK_IDENTITIES and GB_FOR_AN_IMAGE * images * identities > 0.9 * measuring.free_memory() - 1:
        identities //= 2
    return identities


def compare(recipe_name: str, identities: int, steps: int, folder: Path | None, row: Row) -> None:
    equality = ""
    with measuring.Elsewhere() as process:
        ours = process(time_ours, recipe_name, identities, steps)
    runs = {OURS: ours.seconds}
    try:
        checkout = peers.checkout(folder, peers.RELEASED)
        with measuring.Elsewhere() as process:
            equality = process(same_losses, checkout, recipe_name)
        with measuring.Elsewhere() as process:
            runs[PEER] = process(time_released, checkout, recipe_name, identities, steps)
        row.peers[peers.RELEASED] = peers.commit(checkout)
    except peers.PeerMissingError as missing:
        row.missing.append(str(missing))
    except BrokenProcessPool:
        row.missing.append(f"{PEER}, {recipe_name}: its process was killed, most likely for memory")
    doubled = "" if recipe_name == "baseline" else " and as many generated"
    runs[CONVOLUTIONS] = ours.convolutions
    work = f"{recipe_name}, {identities} x {INSTANCES} images{doubled}"
    case = Case(work, "s", runs, {PEER: 1.3}, equality)
    case.held_by = held_by(case)
    row.cases.append(case)
    row.cases.append(Case(f"{work}, peak memory", "GB", {OURS: [ours.memory]}))
    if ours.sampling:
        bound = [case.median(OURS) / 100]
        readings = {OURS: ours.sampling, ONE_PERCENT: bound}
        row.cases.append(Case("pixel sampling, of the method's step", "s", readings, {ONE_PERCENT: 1}))


def held_by(case: Case) -> str:
    """Say, from the readings, how far the convolutions let anyone go."""
    if PEER not in case.readings:
        return ""
    inside = case.median(CONVOLUTIONS)
    return (
        f"{inside / case.median(OURS):.0%} of our step is inside convolutions, oneDNN's in both; with nothing else to "
        f"do ours would be {case.median(PEER) / inside:.2f} times as fast as the released step. Tried without a gain: "
        "torch.compile (inductor), and SGD's fused and foreach variants, as the optimiser is less than a hundredth of "
        "the step"
    )


@dataclass(frozen=True)
class Ours:
    """What our steps took.

    Attributes:
        seconds: Of each step.
        convolutions: Seconds that a further step spent inside convolutions.
        sampling: Seconds of pixel sampling, some runs; none for the baseline.
        memory: GB that the process held at most.
    """

    seconds: list[float]
    convolutions: list[float]
    sampling: list[float]
    memory: float


def time_ours(recipe_name: str, identities: int, steps: int) -> Ours:
    warnings.filterwarnings("ignore", message=r".*self\.log.*")
    keep_freed_memory()
    module, batch = our_step(recipe_name, identities)
    optimizer = module.configure_optimizers()["optimizer"]

    def step() -> float:
        loss = module.training_step(batch, 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    sampling = []
    if module.pixel_sampling is not None:
        sampling = measuring.alternate({"": lambda: module.pixel_sampling(batch.image, batch.parts)}, 5)[""]
    seconds = measuring.alternate({"": step}, steps)[""]
    return Ours(seconds, [inside_convolutions(step)], sampling, measuring.most_held())


def time_released(checkout: Path, recipe_name: str, identities: int, steps: int) -> list[float]:
    _, batch = our_step(recipe_name, identities)
    _, _, names = released_step(checkout, recipe_name, batch)
    block = peers.lines_of(checkout / "engine" / "trainer.py", *KINDS[recipe_name], "optimizer.step()")
    return measuring.alternate({"": lambda: exec(block, names)}, steps)[""]


def inside_convolutions(step: Callable[[], object]) -> float:
    """Return the seconds of one step that pass inside convolutions, forward and backward."""
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        step()
    names = ("aten::mkldnn_convolution", "aten::convolution_backward")
    return sum(event.self_cpu_time_total for event in profiled.key_averages() if event.key in names) / 1e6


def our_step(recipe_name: str, identities: int) -> tuple[ReIDTraining, Batch]:
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
    count = identities * INSTANCES
    images = torch.randint(0, 256, (count, 3, HEIGHT, WIDTH), dtype=torch.uint8, generator=generator)
    parts = torch.zeros(count, HEIGHT, WIDTH, dtype=torch.uint8)
    parts[:, 50:130, 30:100], parts[:, 130:230, 35:95] = 2, 3
    labels = torch.arange(identities).repeat_interleave(INSTANCES)
    return module, Batch(images, parts, labels, torch.arange(count))


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
        "img": Normalise().to(batch.image.device)(batch.image),
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


def same_losses(checkout: Path, recipe_name: str) -> str:
    """Give both networks one set of weights and one batch, and compare what their losses say; returns how close."""
    module, batch = our_step(recipe_name, FEW)
    model, criterion, _ = released_step(checkout, recipe_name, batch)
    weights = {
        name.replace("backbone.", "").replace("bnneck.", "bottleneck."): value
        for name, value in module.model.state_dict().items()
    }
    # In float64: the released distances come from a matrix product, which loses small ones in float32.
    ours, theirs = copy.deepcopy(module.model).double(), copy.deepcopy(model).double()
    theirs.load_state_dict(weights)
    images, labels = Normalise()(batch.image).double(), batch.label
    if recipe_name != "baseline":
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
