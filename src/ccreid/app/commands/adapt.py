"""`ccreid adapt MODEL IMAGES OUT`: fit a model to the cameras at hand, without any label."""

from pathlib import Path

from ccreid.app.arguments import CommandParser, Run

PURPOSE = """\
Fit a model to the images that it will meet, without a label: its batch norms take their mean and variance.

No weight changes. A few hundred images of many people are enough, and a model that was trained on another kind of
images, on rendered people say, gains most. Measure it before and after with `ccreid evaluate` where people are
labelled."""

EXAMPLES = (
    "ccreid adapt runs/pixel_sampling_mse/seed0 photos adapted",
    "ccreid search photo.jpg photos --model adapted",
)


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    parser.describe(PURPOSE, EXAMPLES)
    parser.add_argument("model", metavar="MODEL", type=Path, help="a run, its model.safetensors or a shipped model")
    parser.add_argument("images", metavar="IMAGES", type=Path, help="a folder of images of people, however deep")
    parser.add_argument("out", metavar="OUT", type=Path, help="the folder to write the model into")
    parser.add_argument("--device", type=str, default="auto", help="auto, cpu, cuda, cuda:1, ...")
    return _adapt


def _adapt(model: Path, images: Path, out: Path, device: str) -> int:
    from ccreid.atomic_files import check_writable
    from ccreid.datasets.image_tree import find_images
    from ccreid.models.adaptation import adapt_model
    from ccreid.models.checkpoint import MODEL_FILE
    from ccreid.models.reid_model import ReIDModel

    check_writable(out / MODEL_FILE)
    trained = ReIDModel.from_pretrained(model, device)
    found = find_images(images)
    path = adapt_model(trained, found).save_pretrained(out)
    print(f"{model} is adapted to {len(found):,} images of {images}: {path}")
    if trained.calibration is not None:
        print("its thresholds no longer hold and were left out: `ccreid ship` measures them again")
    return 0
