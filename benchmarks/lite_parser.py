"""The parser that ships with ccreid on people it was not trained on: accuracy and time, into docs/results.md.

    python benchmarks/lite_parser.py data/wardrobe-mini --photos ../shared/photos/parsing

Scores it on the data set's test images and on the held-out ones of photos with label maps, and times it on some of the
former as decoded images in memory, one call each. Writes docs/results/lite_parser.json and the section of
docs/results.md between the two comments that name this file.
"""

import argparse
import json
import os
import statistics
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from result_files import origin_lines, write_json

from ccreid.datasets.images import read_image
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord
from ccreid.evaluation import provenance
from ccreid.figures.page_section import replace_section
from ccreid.parsing.label_maps.photos import LabelledPhotos
from ccreid.parsing.lite.parser import HEIGHT, SHIPPED, WIDTH, lite_parser
from ccreid.parsing.lite.weights import load_lite, read_about
from ccreid.parsing.parser import Parser
from ccreid.parsing.parser_scores import scorable_images, score_on_photos, score_parser
from ccreid.training.parser.data import merge_file

TIMED = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a data set in PRCC's layout with exact part maps of the test images")
    parser.add_argument("--photos", type=Path, required=True, help="photos with label maps, as the recipe names")
    parser.add_argument("--merge", default="clothing_co_parsing", help="what the photos' labels become")
    parser.add_argument("--threads", type=int, default=2, help="cores that the timing may use")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    lite, tested = lite_parser(), scorable_images(PRCC(arguments.data))
    photos = LabelledPhotos(arguments.photos, merge_file(arguments.merge))
    load = os.getloadavg()[0]
    tree = {
        "scores": {
            "photos": asdict(score_on_photos(lite, photos)),
            "rendered": asdict(score_parser(lite, tested)),
        },
        "milliseconds": milliseconds(lite, tested[:: max(1, len(tested) // TIMED)][:TIMED]),
        "threads": arguments.threads,
        "load_before": round(load, 1),
        "weights": sum(weight.numel() for weight in load_lite(SHIPPED).parameters()),
        "bytes": SHIPPED.stat().st_size,
        "about": read_about(SHIPPED),
        "run": provenance(arguments.data, ["python", *sys.argv]),
    }
    write_json(arguments.out / "lite_parser.json", tree)
    section = markdown(tree, arguments.data, arguments.photos)
    replace_section(Path("docs/results.md"), "benchmarks/lite_parser.py", section)
    print(section)


def milliseconds(lite: Parser, records: list[ImageRecord]) -> dict[str, float]:
    """Return the median and the quartiles of the time that one image takes, 256x128 pixels, without decoding."""
    images = [read_image(record.image, HEIGHT, WIDTH).permute(1, 2, 0).numpy() for record in records]
    lite.parse(images[:10])
    times = []
    for image in images:
        started = time.perf_counter()
        lite.parse([image])
        times.append(1000 * (time.perf_counter() - started))
    lower, median, upper = statistics.quantiles(times, n=4)
    return {"lower_quartile": lower, "median": median, "upper_quartile": upper}


def markdown(tree: dict[str, Any], data: Path, photos: Path) -> str:
    """Return the section: what the parser is, where it was measured, and the table."""
    scores, times, about = tree["scores"], tree["milliseconds"], tree["about"]
    recipe = json.loads(about["recipe"])
    names = {
        "photos": f"{scores['photos']['images']} held-out photos of `{photos.name}`",
        "rendered": f"{scores['rendered']['images']} images of {scores['rendered']['identities']} rendered people of "
        f"`{data.name}`",
    }
    parts = list(scores["rendered"]["iou"])
    return "\n".join(
        [
            f"- trained on {about['trained_on']}, {recipe['schedule']['epochs']} epochs of {recipe['data']['images']} "
            f"images from ImageNet's weights, seed {recipe['seed']}, last epoch taken: `{about['command']}`",
            f"- {tree['weights'] / 1e6:.2f} million weights, a file of {tree['bytes'] / 1e6:.1f} MB; "
            f"{times['median']:.1f} ms an image of {HEIGHT}x{WIDTH} on {tree['threads']} threads (median; quartiles "
            f"{times['lower_quartile']:.1f} and {times['upper_quartile']:.1f}); the machine's load before was "
            f"{tree['load_before']}",
            *origin_lines(tree["run"]),
            "",
            "IoU in per cent, over all pixels together, of people who were not trained on; person is the share of "
            "people's pixels, true or found, that are both:",
            "",
            f"| on | {' | '.join(part.replace('_', ' ') for part in parts)} | mean | person |",
            "| --- | " + "---: | " * (len(parts) + 2),
            *(_row(names[kind], of_kind, parts) for kind, of_kind in scores.items()),
            "",
        ]
    )


def _row(name: str, scores: dict[str, Any], parts: list[str]) -> str:
    values = [*(scores["iou"][part] for part in parts), scores["mean_iou"], scores["person"]]
    return f"| {name} | {' | '.join(f'{100 * value:.1f}' for value in values)} |"


if __name__ == "__main__":
    main()
