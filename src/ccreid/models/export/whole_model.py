"""All that lies between pixels and features as one module, so that a file of it cannot be fed in a wrong way."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.augment import Normalise
from ccreid.errors import CcreidError
from ccreid.folding import for_inference
from ccreid.models.reid_model import ReIDModel


class ExportError(CcreidError, ValueError):
    """A model cannot be exported, or what was exported does not do what the model does; the message says why."""


class WholeModel(nn.Module):
    """A network with what `ReIDModel.embed` does before and after it: normalisation, the mirror image, and the length.

    Args:
        network: From normalised images to `ReIDOutput`, in evaluation mode.
        dtype: That the network computes in.
    """

    def __init__(self, network: nn.Module, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.network = network.to(dtype)
        self.dtype = dtype

    def forward(self, images: Tensor) -> Tensor:
        """Return features, float32 (N, D) of length 1, or zero where the network finds nothing.

        Args:
            images: uint8 RGB (N, 3, H, W). Not floating point: whether such was normalised already cannot be seen.
        """
        pixels = self.normalise(images).to(self.dtype)
        feature = self.network(torch.cat([pixels, pixels.flip(-1)])).feature.float()
        count = images.shape[0]
        return functional.normalize(feature[:count] + feature[count:])


def whole_model(model: ReIDModel, dtype: torch.dtype = torch.float32) -> WholeModel:
    """Return a model as one module on the CPU, in evaluation mode, with batch norms folded into convolutions.

    Args:
        model: Stays as it is.
        dtype: That the copy of the network computes in: torch.float32 or torch.float16.

    Raises:
        ExportError: The model reads more than images of one size.
    """
    system = model.recipe.model.system
    if model.network.reads_own_size:
        raise ExportError(
            f"{system} cannot be exported: it takes each image in the size that it has, and what it does with it is no "
            "network; export a model that reads images of one size"
        )
    if model.network.reads_parts == "always":
        raise ExportError(
            f"{system} cannot be exported: it reads part maps beside the images; export a model that reads images alone"
        )
    pixels = torch.zeros(1, 3, *model.size, dtype=torch.uint8)
    folded = for_inference(model.network, Normalise()(pixels))
    # Channels-last is a matter of torch's speed, which a file of another runtime has no use for.
    return WholeModel(folded.to(memory_format=torch.contiguous_format), dtype).eval()  # type: ignore[call-overload]
