"""Batch norm over the batches of all processes, on the CPU as well, where torch 2.13's own still raises."""

import torch
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce
from torch.nn.modules.batchnorm import _BatchNorm


def sync_norms(model: nn.Module, device: torch.device) -> None:
    """Let a model's batch norms take mean and variance over all processes, in place; its state dict's keys stay.

    Args:
        model: A model that is no batch norm itself.
        device: That it is trained on.
    """
    if device.type == "cuda":
        # What Lightning's `sync_batchnorm` calls as well, but for every device, and torch's refuses the CPU.
        nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
        return
    for module in model.modules():
        if type(module) in (nn.BatchNorm1d, nn.BatchNorm2d):
            # All else of it stays, so that an optimiser keeps its very tensors.
            module.__class__ = SyncedBatchNorm


class SyncedBatchNorm(_BatchNorm):
    """Batch norm whose mean and variance in training are those of all processes' batches together.

    Every process must have a batch of one size. In evaluation it is torch's batch norm.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the normalised maps (B, C, H, W) or features (B, C)."""
        if not self.training:
            return super().forward(x)
        dims = [0, *range(2, x.ndim)]
        shape = [1, -1, *[1] * (x.ndim - 2)]
        count = x.numel() // x.shape[1] * torch.distributed.get_world_size()
        mean: Tensor = all_reduce(x.sum(dims)) / count  # type: ignore[no-untyped-call]
        centred = x - mean.view(shape)
        variance: Tensor = all_reduce(centred.square().sum(dims)) / count  # type: ignore[no-untyped-call]
        self._follow(mean.detach(), variance.detach() * (count / max(count - 1, 1)))
        scale = torch.rsqrt(variance + self.eps)
        if self.weight is not None:
            scale = scale * self.weight
        normalised = centred * scale.view(shape)
        return normalised if self.bias is None else normalised + self.bias.view(shape)

    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        momentum = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_(variance, momentum)

    def _check_input_dim(self, x: Tensor) -> None:
        """Accept what torch's norms of one and two dimensions do."""
