"""A model without weights that finds made people again in any clothes."""

import torch

from ccreid.models.network import ReIDNetwork, ReIDOutput


class HeadColour(ReIDNetwork):
    """Knows people by the colour of the top quarter of the image, which the made people keep across clothes."""

    def forward(self, images: torch.Tensor) -> ReIDOutput:
        feature = images[:, :, : images.shape[2] // 4].mean((2, 3))
        return ReIDOutput((feature,), (), feature)
