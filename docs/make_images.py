"""Makes the documentation's pictures from a rendered data set and trained models.

python docs/make_images.py data/wardrobe-mini runs/{baseline,hpm,pixel_sampling_mse}/seed0/model.safetensors
"""

import argparse
from pathlib import Path

from ccreid.datasets.prcc import PRCC
from ccreid.figures.contact_sheet import contact_sheet
from ccreid.figures.drawing import save_picture
from ccreid.figures.paper_figures import cam_picture, erasing_picture, ranks_picture, samples_picture
from ccreid.figures.shown_models import model_labels
from ccreid.models.reid_model import ReIDModel


def main() -> None:
    """Write wardrobe.png, samples.png and erasing.png; with models also cam, grad_cam, ranks and found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a data set in PRCC's layout with part maps")
    parser.add_argument("models", type=Path, nargs="*", help="model.safetensors of runs, in the order of their rows")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "images", help="folder of the pictures")
    arguments = parser.parse_args()
    data, out = PRCC(arguments.data), arguments.out
    save_picture(contact_sheet(data.train, identities=8, images=6), out / "wardrobe.png")
    save_picture(samples_picture(data.train), out / "samples.png")
    save_picture(erasing_picture(data.train), out / "erasing.png")
    if not arguments.models:
        return
    trained = [ReIDModel.from_pretrained(path) for path in arguments.models]
    models = dict(zip(model_labels(trained), trained, strict=True))
    save_picture(cam_picture(models, data, ["CAM"]), out / "cam.png")
    save_picture(cam_picture(models, data, ["Grad-CAM"]), out / "grad_cam.png")
    save_picture(ranks_picture(models, data), out / "ranks.png")
    # The first of its blocks, of two beside each other and three below: what the first and the last model find.
    first, *_, last = models
    pair = ranks_picture({first: models[first], last: models[last]}, data).image()
    pair.crop((0, 0, pair.width // 2, pair.height // 3)).quantize(256).save(out / "found.png", optimize=True)


if __name__ == "__main__":
    main()
