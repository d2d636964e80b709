"""The batch that every transform works on: images and the part maps that move with them."""

import torch
from torch import Tensor

from ccreid.errors import CcreidError


class BatchError(CcreidError, ValueError):
    """Images and part maps do not form a batch; the message names the offending shape, type or device."""


def check_batch(images: Tensor, parts: Tensor) -> None:
    """Refuse what is not a batch of images with one part map each.

    Args:
        images: uint8 in 0..255 or floating point in 0..1, (B, 3, H, W).
        parts: Integers, (B, H, W), values of `ccreid.parts.Part`, on the images' device.

    Raises:
        BatchError: A shape, type or device is another.
    """
    check_images(images)
    expected = (images.shape[0], *images.shape[2:])
    if tuple(parts.shape) != expected:
        raise BatchError(
            f"parts have shape {tuple(parts.shape)}, expected {expected} for images of shape {tuple(images.shape)}: "
            "give one part map (H, W) an image"
        )
    if parts.is_floating_point() or parts.is_complex() or parts.dtype == torch.bool:
        raise BatchError(f"parts are {parts.dtype}, expected integers: take the argmax of soft masks first")
    if parts.device != images.device:
        raise BatchError(f"parts are on {parts.device} and images on {images.device}: move both to one device")


def check_images(images: Tensor) -> None:
    """Refuse what is not a batch of RGB images.

    Args:
        images: uint8 in 0..255 or floating point in 0..1, (B, 3, H, W).

    Raises:
        BatchError: The shape or type is another.
    """
    if images.ndim != 4 or images.shape[1] != 3:
        raise BatchError(f"images have shape {tuple(images.shape)}, expected (B, 3, H, W): stack RGB images first")
    if not images.is_floating_point() and images.dtype != torch.uint8:
        raise BatchError(f"images are {images.dtype}, expected uint8 in 0..255 or floating point in 0..1")


def to_unit(images: Tensor) -> Tensor:
    """Return images as float32 in 0..1, from uint8 in 0..255 or floating point in 0..1."""
    return images.float() / 255 if images.dtype == torch.uint8 else images.float()


def from_unit(images: Tensor, dtype: torch.dtype) -> Tensor:
    """Return float images in another type, the inverse of `to_unit`.

    Args:
        images: Floating point in 0..1, of any shape.
        dtype: uint8, for which values are rounded to 0..255, or a floating type.
    """
    return (images * 255).round_().to(torch.uint8) if dtype == torch.uint8 else images.to(dtype)
