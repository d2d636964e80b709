"""Pixel sampling of one batch against the released code's block, whose lines are run as they stand in its trainer."""

import copy
from typing import Any

import measuring
import numpy as np
import peers
import torch
from measuring import OURS, Case, Row

from ccreid.augment import PixelSampling
from ccreid.augment.pixel_sampling import repaint
from ccreid.parts import CLOTHES

BATCH, HEIGHT, WIDTH = 64, 256, 128
REPEATS = 7
COPY = "limit: copying the batch"


def main() -> None:
    arguments = measuring.arguments(__doc__)
    images, parts = made_batch()
    row = Row("pixel_sampling", f"Pixel sampling, {BATCH} images {HEIGHT}x{WIDTH}", [])
    contenders: dict[str, Any] = {
        OURS: lambda: PixelSampling(colours="vectors")(images, parts),
        "ours, the released code's colours": lambda: PixelSampling(colours="channels")(images, parts),
    }
    equality = ""
    try:
        folder = peers.checkout(arguments.peers, peers.RELEASED)
        block = peers.lines_of(
            folder / "engine" / "trainer.py", "do_train_prcc_pix_mse", "mask_i.expand_as", "[msk_r == 3]"
        )

        def released() -> Any:
            names = {"img": images, "mask_i": parts[:, None].long(), "b": BATCH, "np": np, "copy": copy, "torch": torch}
            exec(block, names)
            return names["img_a"]

        np.random.seed(0)  # noqa: NPY002  # what the block draws from
        theirs = released()
        np.random.seed(0)  # noqa: NPY002
        orders = torch.stack([torch.from_numpy(np.random.permutation(BATCH)) for _ in CLOTHES])  # noqa: NPY002
        ours = repaint(images, parts, [int(part) for part in CLOTHES], orders, "channels")
        if not torch.equal(ours, theirs):
            raise SystemExit("the released block and ours give different pixels for the same shuffles")
        equality = "the released code's colours, for the same shuffles: every value equal"
        contenders["released code"] = released
        row.peers[peers.RELEASED] = peers.commit(folder)
    except peers.PeerMissingError as missing:
        row.missing.append(str(missing))
    contenders[COPY] = images.clone
    seconds = measuring.alternate(contenders, 1 if arguments.quick else REPEATS)
    case = Case("float32 images", "s", seconds, {"released code": 12}, equality)
    case.held_by = (
        f"copying the batch is {1 / case.median(OURS) * case.median(COPY):.0%} of ours; the rest is listing the parts' "
        "pixels and moving them, each once"
    )
    row.cases.append(case)
    row.remarks = "The released block starts from part maps here; its argmax over soft masks is not counted."
    measuring.finish(row, arguments.out)


def made_batch() -> tuple[torch.Tensor, torch.Tensor]:
    """Return float images, and part maps whose people differ in size and clothes."""
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(BATCH, 3, HEIGHT, WIDTH, generator=generator)
    parts = torch.zeros(BATCH, HEIGHT, WIDTH, dtype=torch.uint8)
    for one in parts:
        left, right = (int(edge) for edge in torch.randint(10, 40, (2,), generator=generator))
        waist = int(torch.randint(100, 150, (1,), generator=generator))
        one[:50, 40:80] = 1
        one[50:waist, left:-right] = 2
        one[waist:230, left + 5 : -right] = 3
        one[230:, left:-right] = 5
    return images, parts


if __name__ == "__main__":
    main()
