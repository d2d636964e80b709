"""Feature extraction on the CPU against torchreid's FeatureExtractor, the bare backbone, and inference engines."""

import contextlib
import functools
import importlib
import io
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import measuring
import numpy as np
import peers
import torch
from measuring import OURS, Case, Row
from PIL import Image
from torch import Tensor, nn

from ccreid.augment import Normalise
from ccreid.folding import for_inference
from ccreid.kept_memory import keep_freed_memory
from ccreid.models import Baseline
from ccreid.models.extraction import FeatureExtractor
from ccreid.models.reid_model import ReIDModel

HEIGHT, WIDTH, BATCH, BATCHES, REPEATS = 256, 128, 16, 4, 2
TORCHREID, LIMIT = "torchreid", "limit: the bare backbone"
ENGINES = ("tried: ONNX Runtime", "tried: OpenVINO")


def main() -> None:
    arguments = measuring.arguments(__doc__)
    row = Row("extraction", f"Feature extraction, ResNet-50, {HEIGHT}x{WIDTH}, float32 on the CPU", [])
    batches, repeats = (1, 1) if arguments.quick else (BATCHES, REPEATS)
    with measuring.Elsewhere() as ours, measuring.Elsewhere() as theirs:
        ours(keep_freed_memory)
        one_view(ours, theirs, arguments.peers, batches, repeats, row)
        both_views(ours, arguments.peers, batches, repeats, row)
        from_files(ours, theirs, arguments.peers, batches, repeats, row)
    row.remarks = (
        "Images are uint8 in memory, and normalising them is part of every reading but the limit's and the engines'. "
        "The first line compares one view of each image, as torchreid's extractor has no flip, with last stride 2 as "
        "its ResNet-50 has; the second is extraction as evaluation runs it, in views a second, against the folded "
        "backbone alone and, where DIR/engines holds them, against inference engines that are given the same folded "
        "network. The third begins with JPEGs of that size in the page cache, which both are given as paths: ours "
        "reads each once for its two views, torchreid for its one, and the limit has one view in memory. Ours runs in "
        "a process that keeps freed memory, as every command of ccreid does; torchreid's in one of its own, as its "
        "users have it."
    )
    measuring.finish(row, arguments.out)


def one_view(
    ours: measuring.Elsewhere,
    theirs: measuring.Elsewhere,
    folder: Path | None,
    batches: int,
    repeats: int,
    row: Row,
) -> None:
    runs: dict[str, Callable[[], Any]] = {OURS: lambda: ours(run_one_view, OURS, folder, batches)}
    equality = ""
    try:
        checkout = peers.checkout(folder, peers.TORCHREID)
        pairs = zip(
            ours(features_one_view, OURS, folder, 1), theirs(features_one_view, TORCHREID, folder, 1), strict=True
        )
        gap = max(float((a - b).abs().max() / b.abs().max()) for a, b in pairs)
        if gap > 1e-3:
            raise SystemExit(f"torchreid's features differ from ours by {gap:.1e} of the largest")
        equality = f"features of the same weights: largest difference {gap:.0e} of the largest value"
        runs[TORCHREID] = lambda: theirs(run_one_view, TORCHREID, folder, batches)
        row.peers[peers.TORCHREID] = peers.commit(checkout)
    except peers.PeerMissingError as missing:
        row.missing.append(str(missing))
    seconds = measuring.per_second(BATCH * batches, measuring.alternate(runs, repeats))
    case = Case(f"one view, batches of {BATCH}", "images/s", seconds, {TORCHREID: 1.5}, equality)
    case.held_by = "both run the same convolutions in oneDNN; ours folds batch norms into them and keeps freed memory"
    row.cases.append(case)


def both_views(ours: measuring.Elsewhere, folder: Path | None, batches: int, repeats: int, row: Row) -> None:
    """Compare extraction as evaluation runs it with the backbone alone, and with engines given the same network."""
    names = [OURS, LIMIT]
    equality = []
    expected = ours(features_both_views, LIMIT, folder)
    for engine in ENGINES:
        try:
            found = ours(features_both_views, engine, folder)
        except ImportError as missing:
            row.missing.append(f"{engine.removeprefix('tried: ')} ({missing})")
            continue
        gap = float((found - expected).abs().max() / expected.abs().max())
        if gap > 1e-3:
            raise SystemExit(f"{engine}'s features differ from torch's by {gap:.1e} of the largest")
        equality.append(
            f"{engine.removeprefix('tried: ')}'s features: largest difference {gap:.0e} of the largest value"
        )
        names.append(engine)
    runs = {name: lambda name=name: ours(run_both_views, name, folder, batches) for name in names}
    seconds = measuring.per_second(2 * BATCH * batches, measuring.alternate(runs, repeats))
    case = Case(f"both views, batches of 2 x {BATCH}", "images/s", seconds, {LIMIT: 0.9}, "; ".join(equality))
    case.held_by = "the rest is folding the batch norms, once, and normalising and mirroring the images"
    row.cases.append(case)


def from_files(
    ours: measuring.Elsewhere,
    theirs: measuring.Elsewhere,
    folder: Path | None,
    batches: int,
    repeats: int,
    row: Row,
) -> None:
    """Compare what users call: a list of paths in, features out."""
    with tempfile.TemporaryDirectory() as made:
        paths = write_photos(Path(made), BATCH * batches)
        runs: dict[str, Callable[[], Any]] = {
            OURS: lambda: ours(embed_paths, OURS, folder, paths),
            LIMIT: lambda: ours(run_one_view, OURS, folder, batches),
        }
        views = {OURS: 2 * len(paths), LIMIT: len(paths)}
        try:
            peers.checkout(folder, peers.TORCHREID)
            theirs(embed_paths, TORCHREID, folder, paths[:BATCH])
            runs[TORCHREID] = lambda: theirs(embed_paths, TORCHREID, folder, paths)
            views[TORCHREID] = len(paths)
        except peers.PeerMissingError:  # said with the first case
            pass
        seconds = measuring.alternate(runs, repeats)
    rates = {who: measuring.per_second(views[who], {who: spent})[who] for who, spent in seconds.items()}
    row.cases.append(Case(f"from JPEGs, batches of {BATCH}", "views/s", rates, {TORCHREID: 1.5}))


# What follows runs in processes of their own; what is made there is made once.


def write_photos(folder: Path, count: int) -> list[str]:
    """Write images that take as long to decode as photos do: smooth, with some noise."""
    random = np.random.default_rng(0)
    paths = []
    for place in range(count):
        coarse = Image.fromarray(random.integers(0, 256, (16, 8, 3), np.uint8)).resize((WIDTH, HEIGHT))
        noisy = np.clip(np.asarray(coarse) + random.normal(0, 6, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)
        paths.append(str(folder / f"{place}.jpg"))
        Image.fromarray(noisy).save(paths[-1], quality=90)
    return paths


def embed_paths(who: str, folder: Path | None, paths: list[str]) -> None:
    if who == OURS:
        whole_model().embed(paths, batch_size=BATCH, progress=False)
        return
    extractor = torchreid_extractor(folder)
    for start in range(0, len(paths), BATCH):
        extractor(paths[start : start + BATCH])


@functools.cache
def whole_model() -> ReIDModel:
    return ReIDModel(model(2), device="cpu")


def run_one_view(who: str, folder: Path | None, batches: int) -> None:
    features_one_view(who, folder, batches)


def features_one_view(who: str, folder: Path | None, batches: int) -> list[Tensor]:
    run = fast_views() if who == OURS else torchreid(folder)
    return [run(images) for images in images_of(batches)]


def run_both_views(who: str, folder: Path | None, batches: int) -> None:
    if who == OURS:
        for _ in FeatureExtractor(model(1), torch.device("cpu")).features([images] for images in images_of(batches)):
            pass
        return
    run = network(who, folder)
    for views in all_views(batches):
        run(views)


def features_both_views(who: str, folder: Path | None) -> Tensor:
    return network(who, folder)(all_views(1)[0])


@functools.cache
def images_of(batches: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    shape = (BATCH, 3, HEIGHT, WIDTH)
    return [torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator) for _ in range(batches)]


@functools.cache
def all_views(batches: int) -> list[Tensor]:
    """Return what the network is given: normalised images and their mirror images."""
    pixels = [Normalise()(images) for images in images_of(batches)]
    return [torch.cat([one, one.flip(3)]).contiguous(memory_format=torch.channels_last) for one in pixels]


@functools.cache
def model(last_stride: int) -> Baseline:
    """Return a model whose batch norms have seen images, so that folding them is not for nothing."""
    torch.manual_seed(0)
    made = Baseline(1, "resnet50", last_stride=last_stride)
    with torch.no_grad():
        made.train()(Normalise()(images_of(1)[0]))
    return made.eval()


@functools.cache
def fast_views() -> Callable[[Tensor], Tensor]:
    normalise = Normalise()
    fast = for_inference(model(2), normalise(images_of(1)[0][:2]))

    def run(images: Tensor) -> Tensor:
        with torch.inference_mode():
            return fast(normalise(images).contiguous(memory_format=torch.channels_last)).embeddings[0]

    return run


def torchreid(folder: Path | None) -> Callable[[Tensor], Tensor]:
    """Return its extractor on the images that ours is given."""
    extractor = torchreid_extractor(folder)
    normalise = Normalise()
    return lambda images: extractor(normalise(images))


@functools.cache
def torchreid_extractor(folder: Path | None) -> Callable[[Any], Tensor]:
    """Return its extractor with our backbone's weights."""
    checkout = peers.checkout(folder, peers.TORCHREID)
    (module,) = peers.load_package(checkout, "torchreid.utils.feature_extractor")
    with contextlib.redirect_stdout(io.StringIO()):
        build = module.build_model
        # Its pretrained weights would be downloaded, only to be replaced.
        module.build_model = lambda name, num_classes, pretrained, use_gpu: build(
            name, num_classes, pretrained=False, use_gpu=use_gpu
        )
        extractor = module.FeatureExtractor("resnet50", device="cpu", verbose=False)
        module.build_model = build
    extractor.model.load_state_dict(model(2).backbone.state_dict(), strict=False)
    return extractor


@functools.cache
def network(who: str, folder: Path | None) -> Callable[[Tensor], Tensor]:
    """Return the folded backbone, run by torch or by an engine, on normalised views."""
    backbone = for_inference(model(1), all_views(1)[0][:2]).backbone
    assert isinstance(backbone, nn.Module)
    if who == LIMIT:

        def run(views: Tensor) -> Tensor:
            with torch.inference_mode():
                return backbone(views)

        return run
    if folder is not None:
        sys.path.append(str(folder / "engines"))
    with tempfile.TemporaryDirectory() as made:
        file = Path(made) / "backbone.onnx"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(backbone, (all_views(1)[0],), file, dynamo=False, input_names=["views"])
        return onnx_runtime(file) if who == ENGINES[0] else openvino(file)


def onnx_runtime(file: Path) -> Callable[[Tensor], Tensor]:
    runtime = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return lambda views: torch.from_numpy(session.run(None, {"views": views.numpy()})[0])


def openvino(file: Path) -> Callable[[Tensor], Tensor]:
    engine = importlib.import_module("openvino")
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": torch.get_num_threads()}
    compiled = engine.Core().compile_model(str(file), "CPU", settings)
    return lambda views: torch.from_numpy(compiled([views.numpy()])[0])


if __name__ == "__main__":
    main()
