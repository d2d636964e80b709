"""Feature extraction on the CPU against torchreid's FeatureExtractor, and against the bare backbone."""

import contextlib
import io
from pathlib import Path
from typing import Any

import measuring
import peers
import torch
from measuring import OURS, Case, Row
from torch import nn

from ccreid.augment import Normalise
from ccreid.evaluation import extract_features
from ccreid.models import Baseline
from ccreid.models.folding import for_inference

HEIGHT, WIDTH, BATCH, BATCHES = 256, 128, 16, 4
REPEATS = 2


def main() -> None:
    arguments = measuring.arguments(__doc__)
    row = Row("extraction", f"Feature extraction, ResNet-50, {HEIGHT}x{WIDTH}, float32 on the CPU", [])
    generator = torch.Generator().manual_seed(0)
    batches = [
        torch.randint(0, 256, (BATCH, 3, HEIGHT, WIDTH), dtype=torch.uint8, generator=generator) for _ in range(BATCHES)
    ]
    torch.manual_seed(0)
    model = settled(Baseline(1, "resnet50", last_stride=2), batches[0])
    one_view(model, batches, arguments.peers, row)
    both_views(model, batches, row)
    row.remarks = (
        "Images are uint8 in memory, and normalising them is part of every reading but the limit's. The first line "
        "compares one view of each image, as torchreid's extractor has no flip, with last stride 2 as its ResNet-50 "
        "has; the second is extraction as evaluation runs it, in views a second, against the folded backbone alone."
    )
    measuring.finish(row, arguments.out)


def settled(model: Baseline, images: torch.Tensor) -> Baseline:
    """Let the batch norms see images, so that folding them is not for nothing."""
    with torch.no_grad():
        model.train()(Normalise()(images))
    return model.eval()


def one_view(model: Baseline, batches: list[torch.Tensor], folder: Path | None, row: Row) -> None:
    normalise = Normalise()
    fast = for_inference(model, normalise(batches[0][:2]))

    def ours() -> list[torch.Tensor]:
        with torch.inference_mode():
            pixels = (normalise(images).contiguous(memory_format=torch.channels_last) for images in batches)
            return [fast(one).embeddings[0] for one in pixels]

    runs: dict[str, Any] = {OURS: ours}
    equality = ""
    try:
        checkout = peers.checkout(folder, peers.TORCHREID)
        (module,) = peers.load_package(checkout, "torchreid.utils.feature_extractor")
        extractor = torchreid(module, model)

        def theirs() -> list[torch.Tensor]:
            return [extractor(normalise(images)) for images in batches]

        gap = max(float((a - b).abs().max() / b.abs().max()) for a, b in zip(ours(), theirs(), strict=True))
        if gap > 1e-3:
            raise SystemExit(f"torchreid's features differ from ours by {gap:.1e} of the largest")
        equality = f"features of the same weights: largest difference {gap:.0e} of the largest value"
        runs["torchreid"] = theirs
        row.peers[peers.TORCHREID] = peers.commit(checkout)
    except peers.PeerMissingError as missing:
        row.missing.append(str(missing))
    seconds = measuring.per_second(BATCH * BATCHES, measuring.alternate(runs, REPEATS))
    row.cases.append(Case(f"one view, batches of {BATCH}", "images/s", seconds, {"torchreid": 1.5}, equality))


def torchreid(module: Any, model: Baseline) -> Any:
    """Return its extractor with our backbone's weights."""
    with contextlib.redirect_stdout(io.StringIO()):
        build = module.build_model
        # Its pretrained weights would be downloaded, only to be replaced.
        module.build_model = lambda name, num_classes, pretrained, use_gpu: build(
            name, num_classes, pretrained=False, use_gpu=use_gpu
        )
        extractor = module.FeatureExtractor("resnet50", device="cpu", verbose=False)
        module.build_model = build
    extractor.model.load_state_dict(model.backbone.state_dict(), strict=False)
    return extractor


def both_views(model: Baseline, batches: list[torch.Tensor], row: Row) -> None:
    normalise = Normalise()
    labels = [0] * BATCH
    fast = for_inference(model, normalise(batches[0][:2]))
    backbone = fast.backbone
    assert isinstance(backbone, nn.Module)
    views = [
        torch.cat([normalise(images), normalise(images).flip(3)]).contiguous(memory_format=torch.channels_last)
        for images in batches
    ]

    def bare() -> None:
        with torch.inference_mode():
            for one in views:
                backbone(one)

    limit = "limit: the bare backbone"
    runs = {OURS: lambda: extract_features(model, [(images, labels, labels) for images in batches]), limit: bare}
    seconds = measuring.per_second(2 * BATCH * BATCHES, measuring.alternate(runs, REPEATS))
    row.cases.append(Case(f"both views, batches of 2 x {BATCH}", "images/s", seconds, {limit: 0.9}))


if __name__ == "__main__":
    main()
