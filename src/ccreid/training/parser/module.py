"""From a batch of views and part maps to the loss: the training step of the lite parser."""

from typing import Any, Self

import torch
from torch import Tensor, nn

from ccreid.augment.batch import to_unit
from ccreid.augment.parsing_pipeline import ParsingAugmentation
from ccreid.datasets.reid_dataset import Batch
from ccreid.losses.parsing import ParsingLoss
from ccreid.models.backbones.weights import imagenet_file
from ccreid.parsing.lite.network import LiteNetwork
from ccreid.training.lightning import LightningModule
from ccreid.training.parser_recipe import ParserRecipe
from ccreid.training.step_seed import step_generator
from ccreid.weight_files import read_state_dict


class ParserTraining(LightningModule):
    """One training run of the lite parser in Lightning's terms.

    Every random draw of a step comes from a generator that is seeded with the recipe's seed, the step and the process.

    Args:
        recipe: How to train. With ImageNet's weights the encoder's early layers stay as they are, batch norms included:
            edges and colours are the same in photos of people, and a step takes three quarters of the time.

    Raises:
        WeightsError: ImageNet's weights are to be had nowhere.
    """

    def __init__(self, recipe: ParserRecipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.network = LiteNetwork().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # stubs miss it
        self._fixed: list[nn.Module] = []
        if recipe.weights == "imagenet":
            weights = read_state_dict(imagenet_file("efficientnet_lite0"))
            encoder = self.network.encoder
            encoder.load_state_dict({key: weights[key] for key in encoder.state_dict() if key in weights}, strict=False)
            self._fixed = encoder.early_layers()
            for layer in self._fixed:
                layer.requires_grad_(False)
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
            augment.bystander,
        )
        self.loss = ParsingLoss()

    def train(self, mode: bool = True) -> Self:
        """Set the mode of all layers but those that stay as they are."""
        super().train(mode)
        for layer in self._fixed:
            layer.eval()
        return self

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
        data, processes = self.recipe.data, self.trainer.world_size
        # Not `trainer.estimated_stepping_batches`, which asks for the loader before a resumed run knows its epoch.
        steps = data.images // processes // max(1, data.batch // processes)
        learned = [weight for weight in self.network.parameters() if weight.requires_grad]
        optimizer = torch.optim.AdamW(learned, lr=schedule.learning_rate, weight_decay=schedule.weight_decay)
        cycle = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            schedule.learning_rate,
            total_steps=steps * schedule.epochs,
            pct_start=schedule.warmup,
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}
