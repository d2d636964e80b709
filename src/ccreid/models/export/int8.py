"""A model of the package onnx in 8 bits, by onnxruntime's static quantisation."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ccreid.onnx_writing import quiet

# Convolutions and products, and what bounds their results at once. What layers add up stays in float32: on Wardrobe's
# people, EfficientNet-Lite0's features came 0.28 from their own in float32 so, and 0.33 with the sums in 8 bits, of 1.
_LAYERS: Final = ["Conv", "Gemm", "MatMul", "Relu", "Clip"]
_BATCH: Final = 8


def in_8_bits(network: Any, images: NDArray[np.uint8]) -> bytes:
    """Return an ONNX file whose convolutions and matrix products compute in 8 bits.

    Weights have a scale a channel. What goes from layer to layer has one scale for a layer, from the least to the
    greatest number that the images give.

    Args:
        network: A model of the package onnx in float32, from `images` (N, 3, H, W).
        images: uint8 (N, 3, H, W), at least one, by which the scales are chosen.

    Returns:
        The file's bytes.
    """
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    with tempfile.TemporaryDirectory() as folder, quiet():
        plain, quantised = Path(folder, "plain.onnx"), Path(folder, "quantised.onnx")
        onnx.save(network, plain)
        quantize_static(
            plain,
            quantised,
            _Batches(images),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=_LAYERS,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return quantised.read_bytes()


class _Batches:
    """Images as onnxruntime's calibration asks for them."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self._batches: Iterator[NDArray[np.uint8]] = iter(np.array_split(images, -(-len(images) // _BATCH)))

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"images": batch}
