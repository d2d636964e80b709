"""The parser that ships with ccreid on people it was not trained on: accuracy and time, into docs/results.md.

    python benchmarks/tiny_parser.py data/wardrobe-mini

Scores it on the data set's test images, and times it on some of them as decoded images in memory, one call each. Writes
docs/results/tiny_parser.json and the section of docs/results.md between the two comments that name this file.
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
from seed_runs import origin_lines, write_json

from ccreid.datasets.images import read_image
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord
from ccreid.evaluation import provenance
from ccreid.figures.page_section import replace_section
from ccreid.parsing.parser import Parser
from ccreid.parsing.parser_scores import scorable_images, score_parser
from ccreid.parsing.tiny.parser import HEIGHT, SHIPPED, WIDTH, tiny_parser
from ccreid.parsing.tiny.weights import load_tiny, read_about

TIMED = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a data set in PRCC's layout with exact part maps of the test images")
    parser.add_argument("--threads", type=int, default=2, help="cores that the timing may use")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    tiny, tested = tiny_parser(), scorable_images(PRCC(arguments.data))
    load = os.getloadavg()[0]
    tree = {
        "scores": asdict(score_parser(tiny, tested)),
        "milliseconds": milliseconds(tiny, tested[:: max(1, len(tested) // TIMED)][:TIMED]),
        "threads": arguments.threads,
        "load_before": round(load, 1),
        "weights": sum(weight.numel() for weight in load_tiny(SHIPPED).parameters()),
        "bytes": SHIPPED.stat().st_size,
        "about": read_about(SHIPPED),
        "run": provenance(arguments.data, ["python", *sys.argv]),
    }
    write_json(arguments.out / "tiny_parser.json", tree)
    section = markdown(tree, arguments.data)
    replace_section(Path("docs/results.md"), "benchmarks/tiny_parser.py", section)
    print(section)


def milliseconds(tiny: Parser, records: list[ImageRecord]) -> dict[str, float]:
    """Return the median and the quartiles of the time that one image takes, 256x128 pixels, without decoding."""
    images = [read_image(record.image, HEIGHT, WIDTH).permute(1, 2, 0).numpy() for record in records]
    tiny.parse(images[:10])
    times = []
    for image in images:
        started = time.perf_counter()
        tiny.parse([image])
        times.append(1000 * (time.perf_counter() - started))
    lower, median, upper = statistics.quantiles(times, n=4)
    return {"lower_quartile": lower, "median": median, "upper_quartile": upper}


def markdown(tree: dict[str, Any], data: Path) -> str:
    """Return the section: what the parser is, where it was measured, and the table."""
    scores, times, about = tree["scores"], tree["milliseconds"], tree["about"]
    recipe = json.loads(about["recipe"])
    return "\n".join(
        [
            f"- trained on {about['trained_on'].split(', data')[0]} of Wardrobe, {recipe['schedule']['epochs']} epochs "
            f"from random first weights, last epoch taken: `{about['command']}`",
            f"- scored on `{data.name}`, {scores['images']} images of {scores['identities']} people who were not "
            "trained on, intersection over union over all pixels together",
            f"- {tree['weights'] / 1e6:.2f} million weights, a file of {tree['bytes'] / 1e6:.1f} MB; "
            f"{times['median']:.1f} ms an image of {HEIGHT}x{WIDTH} on {tree['threads']} threads (median; quartiles "
            f"{times['lower_quartile']:.1f} and {times['upper_quartile']:.1f}); the machine's load before was "
            f"{tree['load_before']}",
            *origin_lines(tree["run"]),
            "",
            "IoU in per cent:",
            "",
            f"| {' | '.join(part.replace('_', ' ') for part in scores['iou'])} | mean |",
            "| " + "---: | " * (len(scores["iou"]) + 1),
            f"| {' | '.join(f'{100 * iou:.1f}' for iou in scores['iou'].values())} | {100 * scores['mean_iou']:.1f} |",
            "",
        ]
    )


if __name__ == "__main__":
    main()
