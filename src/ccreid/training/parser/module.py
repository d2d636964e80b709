"""From a batch of images and exact part maps to the loss: the training step of the tiny parser."""

from typing import Any

import torch
from torch import Tensor

from ccreid.augment.batch import to_unit
from ccreid.augment.parsing import ParsingAugmentation
from ccreid.datasets.reid_dataset import Batch
from ccreid.losses.parsing import ParsingLoss
from ccreid.parsing.tiny.network import TinyNetwork
from ccreid.training.lightning import LightningModule
from ccreid.training.parser.recipe import ParserRecipe
from ccreid.training.step_seed import step_generator


class ParserTraining(LightningModule):
    """One training run of the tiny parser in Lightning's terms.

    Every random draw of a step comes from a generator that is seeded with the recipe's seed, the step and the process.

    Args:
        recipe: How to train.
    """

    def __init__(self, recipe: ParserRecipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.network = TinyNetwork().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # stubs miss it
        augment = recipe.augment
        self.augmentation = ParsingAugmentation(
            augment.flip,
            augment.scale,
            augment.turn,
            augment.move,
            augment.jitter,
            augment.hue,
            augment.occlusion,
            augment.poor_camera,
        )
        self.loss = ParsingLoss()

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        """Return the loss, a scalar with gradients.

        Args:
            batch: uint8 images (B, 3, H, W) and part maps (B, H, W).
            batch_index: Place of the batch in the epoch.
        """
        # Coordinates of a warp need more than the bits of a mixed precision.
        with torch.autocast(self.device.type, enabled=False):
            generator = step_generator(self, self.recipe.seed)
            images, parts = self.augmentation(to_unit(batch.image), batch.parts, generator)
        loss: Tensor = self.loss(self.network(images.contiguous(memory_format=torch.channels_last)), parts)
        self.log("loss", loss.detach())
        self.log("total", loss.detach(), prog_bar=True, logger=False)
        return loss

    def configure_optimizers(self) -> Any:
        """Return AdamW with one cycle of the learning rate, moved on after every step."""
        schedule = self.recipe.schedule
        optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
        )
        cycle = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            schedule.learning_rate,
            total_steps=int(self.trainer.estimated_stepping_batches),
            pct_start=schedule.warmup,
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}
