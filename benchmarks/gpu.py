"""Training, pixel sampling, extraction and distances on a CUDA device, timed with CUDA events, beside what it can do.

The ceilings, copying memory and multiplying matrices, are measured in the same run, and each line says what share of
the one that bounds it ours reaches.
"""

import contextlib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import measuring
import peers
import torch
import training_step
from measuring import OURS, Case, Row
from torch.utils.flop_counter import FlopCounterMode

from ccreid.augment import Normalise, PixelSampling
from ccreid.datasets.reid_dataset import Batch
from ccreid.folding import for_inference
from ccreid.models import Baseline

# Identities in a batch; the side of the ceiling's matrices and the floats that are copied for the other; images of a
# batch that is extracted; queries, gallery images and width of the features.
SIZES = {"identities": 16, "matrix": 8192, "copied": 250_000_000, "images": 256, "search": (3368, 15913, 2048)}
QUICK_SIZES = {"identities": 2, "matrix": 512, "copied": 10_000_000, "images": 8, "search": (300, 700, 256)}
WARM, REPEATS = 3, 10
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
MATRIX, COPY = "limit: matrix products", "limit: copying"


def main() -> None:
    arguments = measuring.arguments(__doc__)
    if not torch.cuda.is_available():
        print("there is no CUDA device here: this row needs one, and its readings stay as they are")
        return
    warnings.filterwarnings("ignore", message=r".*self\.log.*")
    device = torch.device("cuda")
    # float32 is to be float32, for all.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    row = Row("gpu", f"On a GPU, {torch.cuda.get_device_name()}", [])
    measure(row, device, arguments.peers, QUICK_SIZES if arguments.quick else SIZES)
    measuring.finish(row, arguments.out)


def measure(row: Row, device: torch.device, folder: Path | None, sizes: dict[str, Any]) -> None:
    """Fill the row; on any device, so that it can be tried without a GPU."""
    products = {name: products_a_second(device, sizes["matrix"], kind) for name, kind in PRECISIONS.items()}
    copied = bytes_a_second(device, sizes["copied"])
    for name, rate in products.items():
        row.cases.append(
            Case(f"{name} products of {sizes['matrix']} x {sizes['matrix']}", "TFLOP/s", {OURS: [rate / 1e12]})
        )
    row.cases.append(Case("copying memory, read and written", "GB/s", {OURS: [copied / 1e9]}))
    for recipe_name in training_step.KINDS:
        training(row, device, folder, recipe_name, sizes["identities"], products)
    sampling(row, device, sizes["identities"] * training_step.INSTANCES, copied)
    extraction(row, device, sizes["images"], products)
    distances(row, device, sizes["search"], products["float32"])
    row.remarks = (
        "A limit is the work's floating-point operations, or its bytes, at the rate that was measured for large matrix "
        "products in the same precision, or for copying. TF32 is off throughout."
    )


def seconds_of(run: Callable[[], object], device: torch.device) -> list[float]:
    """Return the seconds of some runs: between two events on a CUDA device, on the clock elsewhere."""
    for _ in range(WARM):
        run()
    if device.type != "cuda":
        return [measuring.timed(run)[0] for _ in range(REPEATS)]
    seconds = []
    for _ in range(REPEATS):
        started, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        started.record()
        run()
        ended.record()
        ended.synchronize()
        seconds.append(started.elapsed_time(ended) / 1000)
    return seconds


def products_a_second(device: torch.device, side: int, kind: torch.dtype) -> float:
    one = torch.randn(side, side, device=device).to(kind)
    return 2 * side**3 / min(seconds_of(lambda: one @ one, device))


def bytes_a_second(device: torch.device, count: int) -> float:
    source = torch.zeros(count, device=device)
    target = torch.empty_like(source)
    return 2 * source.nbytes / min(seconds_of(lambda: target.copy_(source), device))


def operations(run: Callable[[], object]) -> int:
    """Return the floating-point operations of matrix products and convolutions."""
    with FlopCounterMode(display=False) as counter:
        run()
    return int(counter.get_total_flops())


def training(
    row: Row, device: torch.device, folder: Path | None, recipe_name: str, identities: int, products: dict[str, float]
) -> None:
    module, batch = training_step.our_step(recipe_name, identities)
    module.to(device)
    batch = Batch(*(one.to(device) for one in batch))
    optimizer = module.configure_optimizers()["optimizer"]

    def ours(kind: torch.dtype) -> None:
        autocast = torch.autocast(device.type, kind) if kind != torch.float32 else contextlib.nullcontext()
        with autocast:
            loss = module.training_step(batch, 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    peer: dict[str, list[float]] = {}
    try:
        checkout = peers.checkout(folder, peers.RELEASED)
        model, _, names = training_step.released_step(checkout, recipe_name, batch)
        model.to(device)
        block = peers.lines_of(
            checkout / "engine" / "trainer.py", *training_step.KINDS[recipe_name], "optimizer.step()"
        )
        peer[training_step.PEER] = seconds_of(lambda: exec(block, names), device)
        row.peers[peers.RELEASED] = peers.commit(checkout)
    except peers.PeerMissingError as missing:
        row.missing.append(str(missing))
    needed = operations(lambda: ours(torch.float32))
    for name, kind in PRECISIONS.items():
        readings = {OURS: seconds_of(lambda kind=kind: ours(kind), device), **peer, MATRIX: [needed / products[name]]}
        # The released code has float32 alone.
        target = {training_step.PEER: 3.0} if kind == torch.bfloat16 else {}
        work = f"training step, {recipe_name}, {identities} x {training_step.INSTANCES} images, {name}"
        row.cases.append(Case(work, "s", readings, target))


def sampling(row: Row, device: torch.device, count: int, copied: float) -> None:
    images = torch.randint(0, 256, (count, 3, training_step.HEIGHT, training_step.WIDTH), dtype=torch.uint8)
    images = images.to(device)
    parts = torch.randint(0, 6, (count, *images.shape[2:]), dtype=torch.uint8, device=device)
    layer = PixelSampling()
    limit = (2 * images.nbytes + parts.nbytes) / copied
    readings = {OURS: seconds_of(lambda: layer(images, parts), device), COPY: [limit]}
    row.cases.append(Case(f"pixel sampling, {count} uint8 images", "s", readings))


def extraction(row: Row, device: torch.device, count: int, products: dict[str, float]) -> None:
    images = torch.randint(0, 256, (count, 3, training_step.HEIGHT, training_step.WIDTH), dtype=torch.uint8)
    normalise = Normalise().to(device)
    pixels = normalise(images.to(device)).contiguous(memory_format=torch.channels_last)
    fast = for_inference(Baseline(1, "resnet50").to(device), pixels[:2])
    with torch.inference_mode():
        needed = operations(lambda: fast(pixels))
        for name, kind in PRECISIONS.items():
            with torch.autocast(device.type, kind, enabled=kind != torch.float32):
                readings = {OURS: seconds_of(lambda: fast(pixels), device), MATRIX: [needed / products[name]]}
            row.cases.append(Case(f"features of {count} views, {name}", "s", readings))


def distances(row: Row, device: torch.device, size: tuple[int, int, int], products: float) -> None:
    queries, gallery, width = size
    one, other = torch.randn(queries, width, device=device), torch.randn(gallery, width, device=device)
    limit = 2 * queries * gallery * width / products
    readings = {OURS: seconds_of(lambda: torch.addmm(one[:, :1], one, other.T, alpha=-1), device), MATRIX: [limit]}
    row.cases.append(Case(f"distances, {queries:,} x {gallery:,}, {width}-d, float32", "s", readings))


if __name__ == "__main__":
    main()
