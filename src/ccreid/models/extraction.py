"""From batches of images to the features that retrieval compares, as the authors' released code does at test time."""

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.augment import Normalise
from ccreid.folding import for_inference
from ccreid.models.network import ReIDNetwork


class FeatureExtractor:
    """Runs a network over images: the features of an image and of its mirror image are summed and L2-normalised.

    The network stays as it is, where it is: a copy of it runs, made with the first batch, in evaluation mode on the
    device, with batch norms folded into their convolutions, on channels-last images, both views in one batch.

    Args:
        network: In evaluation mode it returns `ReIDOutput`, of which the feature (B, D) is taken.
        device: Where the copy runs.
    """

    def __init__(self, network: ReIDNetwork, device: torch.device) -> None:
        self._network = network
        self._device = device
        self._normalise = Normalise().to(device)
        self._copy: nn.Module | None = None

    def features(self, batches: Iterable[Sequence[Tensor]]) -> Iterator[Tensor]:
        """Yield the features of each batch, float32 (B, D) on the CPU, of length 1, or zero where the network's are.

        Args:
            batches: Of uint8 images (B, 3, H, W) and, for a network that always reads them, part maps uint8 (B, H, W).

        Raises:
            BatchError: A batch's images have another shape or type.
        """
        for summed in self.sums(batches):
            with torch.inference_mode():
                features = functional.normalize(summed).cpu()
            yield features

    def sums(self, batches: Iterable[Sequence[Tensor]]) -> Iterator[Tensor]:
        """Yield what `features` normalises, float32 (B, D) on the device: image's and mirror image's features, summed.

        Args:
            batches: As of `features`.

        Raises:
            BatchError: A batch's images have another shape or type.
        """
        for images, *parts in batches:
            with torch.inference_mode():
                inputs = [self._normalise(images.to(self._device, non_blocking=True))]
                inputs += [one.to(self._device, non_blocking=True) for one in parts]
            if self._copy is None:
                self._copy = for_inference(self._network, *(one[:1] for one in inputs))
            with torch.inference_mode():
                pixels, *maps = (torch.cat([one, one.flip(-1)]) for one in inputs)
                views = pixels.contiguous(memory_format=torch.channels_last)
                one, mirrored = self._copy(views, *maps).feature.float().chunk(2)
                summed = one + mirrored
            yield summed
