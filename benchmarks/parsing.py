"""Images a second of the parser that ships, in memory and from files to files, beside the time inside convolutions."""

import tempfile
from pathlib import Path

import input_pipeline
import measuring
import numpy as np
from measuring import OURS, Case, Row
from PIL import Image
from torch.profiler import ProfilerActivity, profile

from ccreid.kept_memory import keep_freed_memory
from ccreid.parsing.lite.parser import lite_parser
from ccreid.parsing.tree.parse import parse_tree

IMAGES, QUICK_IMAGES, REPEATS = 128, 8, 3
LIMIT = "limit: convolutions alone"


def main() -> None:
    arguments = measuring.arguments(__doc__)
    keep_freed_memory()
    count = QUICK_IMAGES if arguments.quick else IMAGES
    row = Row("parsing", "Parsing with the parser that ships", [])
    with tempfile.TemporaryDirectory() as folder:
        input_pipeline.make_data(Path(folder) / "data")
        rgb = Path(folder) / "data" / "rgb"
        files = sorted(rgb.glob("train/*/*.jpg"))[:count]
        images = [np.asarray(Image.open(file)) for file in files]
        parser = lite_parser()
        seconds = measuring.alternate({OURS: lambda: parser.parse(images)}, REPEATS)
        with profile(activities=[ProfilerActivity.CPU]) as profiled:
            parser.parse(images)
        inside = sum(
            event.self_cpu_time_total for event in profiled.key_averages() if event.key == "aten::mkldnn_convolution"
        )
        seconds[LIMIT] = [inside / 1e6]
        height, width = images[0].shape[:2]
        work = f"images {height}x{width} in memory to part maps"
        row.cases.append(Case(work, "images/s", measuring.per_second(len(images), seconds)))
        few = Path(folder) / "few"
        for file in files:
            (few / file.parent.name).mkdir(parents=True, exist_ok=True)
            file.rename(few / file.parent.name / file.name)
        report = parse_tree(few, Path(folder) / "parts", parser)
    rate = {OURS: [report.written / report.seconds]}
    row.cases.append(Case("JPEGs to palette PNGs, reading and writing included", "images/s", rate))
    row.remarks = (
        "The limit is what the same cores would do if all time outside the convolutions were nothing. Each image goes "
        "through the network on its own, so that its map does not depend on its company."
    )
    measuring.finish(row, arguments.out)


if __name__ == "__main__":
    main()
