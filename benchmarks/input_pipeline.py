"""Images a second of one core on their way to training: a pack, files, and the peers' loaders."""

import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import measuring
import numpy as np
import peers
import torch
from measuring import OURS, Case, Row
from PIL import Image
from torch.utils.data import DataLoader

from ccreid.augment import Augmentation, Normalise
from ccreid.datasets.pack import default_pack, open_pack, write_pack
from ccreid.datasets.part_maps import write_parts
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.reid_dataset import ReIDDataset

HEIGHT, WIDTH = 256, 128
# As large as PRCC's images are.
SOURCE = (330, 130)
PEOPLE, FRAMES, BATCH, REPEATS = 8, 16, 64, 3


def main() -> None:
    arguments = measuring.arguments(__doc__)
    # One core: the loaders are compared by what each core hands over.
    torch.set_num_threads(1)
    row = Row("input_pipeline", f"Input pipeline, batches of {BATCH} images {HEIGHT}x{WIDTH}, one core", [])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "data"
        make_data(root)
        write_pack(default_pack(root, HEIGHT, WIDTH), root, PRCC(root, "where_there").records(), HEIGHT, WIDTH)
        measure(root, arguments.peers, row)
    measuring.finish(row, arguments.out)


def measure(root: Path, folder: Path | None, row: Row) -> None:
    data = PRCC(root)
    packed = ReIDDataset(data.train, data.train_labels, HEIGHT, WIDTH, pack=open_pack(root, HEIGHT, WIDTH))
    from_files = ReIDDataset(data.train, data.train_labels, HEIGHT, WIDTH)
    batches = [list(range(start, start + BATCH)) for start in range(0, len(data.train), BATCH)]
    augment, normalise = Augmentation(jitter=0.1), Normalise()

    def ours(dataset: ReIDDataset, *, augmented: bool) -> None:
        for indices in batches:
            batch = dataset.batch(indices)
            if augmented:
                normalise(augment(batch.image, batch.parts)[0])

    runs: dict[str, Any] = {
        OURS: lambda: ours(packed, augmented=False),
        "ours, augmented on the CPU": lambda: ours(packed, augmented=True),
        "ours, from files": lambda: ours(from_files, augmented=False),
    }
    targets, worst = {}, 0.0
    expected = normalise(packed.batch(batches[0]).image)
    for name, targeted, load in (
        ("released code", 20, released),
        ("torchreid, no part maps", 8, torchreid),
    ):
        try:
            loader, untouched, used = load(folder, data)
        except peers.PeerMissingError as missing:
            row.missing.append(str(missing))
            continue
        worst = max(worst, float((untouched(batches[0]) - expected).abs().max()))
        runs[name] = lambda loader=loader: [None for _ in loader]
        targets[name] = targeted
        row.peers[used] = peers.commit(peers.checkout(folder, used))
    # A pixel's step of 1 in 255 is 0.017 after normalisation; theirs is Pillow's filter as well.
    if worst > 0.02:
        raise SystemExit(f"a peer's normalised test images differ from ours by {worst:.3f}")
    row.cases.append(
        Case(
            "uint8 images and part maps of a training batch, handed over",
            "images/s",
            measuring.per_second(len(data.train), measuring.alternate(runs, REPEATS)),
            targets,
            f"images without augmentation, normalised: largest difference {worst:.1e}" if targets else "",
        )
    )
    row.remarks = (
        "Ours hands over uint8, and augments and normalises whole batches on the device that trains; the line with "
        "augmentation (crop, flip and jitter of brightness, contrast, saturation and hue) has that done by the same "
        "core. The peers augment and normalise image by image in the loader. Files and the pack are in the page cache."
    )


def released(folder: Path | None, data: PRCC) -> tuple[Any, Any, str]:
    """Return the released training loader, a function from indices to its test images, and the checkout's name."""
    checkout = peers.checkout(folder, peers.RELEASED)
    loaders, transforms, collate = peers.load_package(
        checkout, "data.datasets.dataset_loader", "data.transforms", "data.collate_batch"
    )
    size = SimpleNamespace(height=HEIGHT, width=WIDTH)
    mask = data.root / "mask_6"
    items = [
        (
            str(record.image),
            record.identity,
            0,
            str(mask / record.image.relative_to(data.root / "rgb").with_suffix(".npy")),
        )
        for record in data.train
    ]
    dataset = loaders.ImageDatasetGcnMask(items, HEIGHT, WIDTH, transforms.build_transforms_base(size, is_train=True))
    plain = loaders.ImageDatasetGcnMask(items, HEIGHT, WIDTH, transforms.build_transforms_base(size, is_train=False))
    loader = DataLoader(dataset, batch_size=BATCH, collate_fn=collate.train_collate_gcn_mask)
    return loader, lambda indices: torch.stack([plain[index][0] for index in indices]), peers.RELEASED


def torchreid(folder: Path | None, data: PRCC) -> tuple[Any, Any, str]:
    """Return torchreid's loader with its usual training transforms, and the rest as `released` does."""
    checkout = peers.checkout(folder, peers.TORCHREID)
    transforms, datasets = peers.load_package(checkout, "torchreid.data.transforms", "torchreid.data.datasets.dataset")
    train, test = transforms.build_transforms(HEIGHT, WIDTH, ["random_flip", "random_crop", "color_jitter"])
    items = [(str(record.image), record.identity, 0) for record in data.train]
    options = {"verbose": False, "mode": "train"}
    dataset = datasets.ImageDataset(items, items, items, transform=train, **options)
    plain = datasets.ImageDataset(items, items, items, transform=test, **options)
    loader = DataLoader(dataset, batch_size=BATCH)
    return loader, lambda indices: torch.stack([plain[index]["img"] for index in indices]), peers.TORCHREID


def make_data(root: Path) -> None:
    """Write made people in PRCC's layout, as JPEGs about as large as PRCC's, with part maps of both kinds."""
    random = np.random.default_rng(0)
    for identity in range(1, PEOPLE + 2):
        for camera in "ABC":
            for frame in range(1, FRAMES + 1):
                if identity <= PEOPLE:
                    inside = Path("train", f"{identity:03d}", f"{camera}_cropped_rgb{frame:03d}.jpg")
                else:
                    inside = Path("test", camera, f"{identity:03d}", f"cropped_rgb{frame:03d}.jpg")
                coarse = Image.fromarray(random.integers(0, 256, (16, 8, 3), dtype=np.uint8))
                smooth = np.asarray(coarse.resize(SOURCE[::-1], Image.Resampling.BICUBIC), dtype=np.float64)
                pixels = (smooth + random.normal(0, 4, smooth.shape)).clip(0, 255).astype(np.uint8)
                for tree in ("rgb", "mask_6"):
                    (root / tree / inside).parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).save(root / "rgb" / inside, quality=90)
                parts = np.asarray(
                    Image.fromarray(random.integers(0, 6, (8, 4), dtype=np.uint8)).resize(SOURCE[::-1], 0)
                )
                write_parts(root / "parts" / inside.with_suffix(".png"), parts)
                if identity <= PEOPLE:
                    soft = np.asarray(Image.fromarray(parts).resize((WIDTH, HEIGHT), 0))
                    np.save(root / "mask_6" / inside.with_suffix(".npy"), np.eye(6, dtype=np.float32)[soft])


if __name__ == "__main__":
    main()
