"""From images to contour sketches, dark lines on white, as PRCC's are made (Yang, Wu & Zheng, TPAMI 2019)."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from ccreid.sketch.edge_thinning import thin_edges
from ccreid.sketch.hed_network import HED


def draw_sketches(detector: HED, images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Draw the contours of images: HED's fused edge map, thinned to one pixel, dark where an edge is sure.

    Images of one size go through the detector together.

    Args:
        detector: In evaluation mode, on any device.
        images: RGB, each uint8 (H, W, 3), of any sizes.

    Returns:
        The sketches, each grey uint8 (H, W), in the order of the images.
    """
    by_size: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for index, image in enumerate(images):
        by_size[image.shape].append(index)
    sketches: dict[int, NDArray[np.uint8]] = {}
    for indices in by_size.values():
        pixels = torch.from_numpy(np.stack([images[index] for index in indices])).permute(0, 3, 1, 2)
        with torch.inference_mode():
            edges = thin_edges(detector(pixels.to(detector.mean.device)))
            drawn = (255 * (1 - edges)).round().to(torch.uint8).squeeze(1).cpu().numpy()
        sketches |= zip(indices, drawn, strict=True)
    return [sketches[index] for index in range(len(images))]
