"""From a batch of images to the loss: the training step of Fig. 2, for every model and recipe."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ccreid.augment import Augmentation, Normalise, PixelSampling, RandomErasing
from ccreid.datasets.reid_dataset import Batch
from ccreid.losses import (
    BatchHardTriplet,
    FeatureConsistency,
    GlobalBatch,
    IdentityLoss,
    SigmoidConsistency,
    SupervisedContrastive,
    TotalLoss,
)
from ccreid.models import build_model
from ccreid.models.backbones.build import set_up_backbones
from ccreid.models.network import ReIDNetwork, training_inputs
from ccreid.parts import Part
from ccreid.recipe import Recipe
from ccreid.training.clothes_adversary import ClothesAdversary, Outfits
from ccreid.training.lightning import LightningModule
from ccreid.training.optimizer import build_optimizer
from ccreid.training.schedule import warmup_then_decay
from ccreid.training.step_seed import seed_layers, shared_step_generator, step_generator, step_seed
from ccreid.training.synced_norms import sync_norms
from ccreid.training.walk_silhouettes import WalkSilhouettes
from ccreid.training.weight_average import WeightAverage


class ReIDTraining(LightningModule):
    """One training run in Lightning's terms.

    Every random draw of a step comes from a generator that is seeded with the recipe's seed, the step and the process,
    so a resumed run draws what an uninterrupted one would.

    Args:
        recipe: What to train and how.
        num_identities: Training identities, the classes of the identity loss.
        walks: Of the training images, for a model that reads them.
        unsampled: bool, by the batches' rows: training images that pixel sampling leaves alone; none where None.
        outfits: Who wears what on the training images, for the clothes-based adversarial loss.
    """

    unsampled: Tensor | None

    def __init__(
        self,
        recipe: Recipe,
        num_identities: int,
        walks: WalkSilhouettes | None = None,
        unsampled: Tensor | None = None,
        outfits: Outfits | None = None,
    ) -> None:
        super().__init__()
        self.recipe = recipe
        network = recipe.model
        self.model = build_model(
            network.system,
            num_identities,
            network.backbone,
            network.weights,
            network.last_stride,
            network.pooling,
        )
        set_up_backbones(self.model, network.drop_path, checkpointing=network.checkpointing)
        # Convolutions, depthwise ones above all, run faster on pixels whose channels lie together.
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs miss it
        self.average = WeightAverage(self.model, recipe.schedule.ema) if recipe.schedule.ema else None
        augment = recipe.augment
        self.augmentation = Augmentation(
            augment.flip, augment.crop_padding, augment.jitter, augment.crop_parts, augment.smallest
        )
        self.pixel_sampling = pixel_sampling(recipe)
        self.erasing = RandomErasing(augment.erasing)
        self.normalise = Normalise()
        self.loss = total_loss(recipe)
        self.walks = walks
        self._turn = 0
        self.register_buffer("unsampled", unsampled, persistent=False)
        self.adversary = None
        if outfits is not None:
            self.adversary = ClothesAdversary(self._feature_width(), outfits, recipe.loss.clothes_epsilon)

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        """Return the total loss of Eq. (6), a scalar with gradients; its terms are logged.

        Args:
            batch: uint8 images (B, 3, H, W) and part maps (B, H, W), int64 labels and rows (B,).
            batch_index: Place of the batch in the epoch.
        """
        # Which of the batches that make a step together.
        self._turn = batch_index % self.recipe.schedule.accumulate
        generator = step_generator(self, self.recipe.seed, self._turn)
        images, parts = self.augmentation(batch.image, batch.parts, generator)
        labels, rows = batch.label, batch.row
        originals, copied = len(images), None
        if self.pixel_sampling is not None:
            # Originals first, their repainted copies after them, which is what the consistency loss compares.
            repainted = self._repainted(images, self._sampled(parts, rows), generator)
            copied = self._copied(originals, generator)
            images = torch.cat([images, repainted[copied]])
            parts = torch.cat([parts, parts[copied]])
            labels, rows = torch.cat([labels, labels[copied]]), torch.cat([rows, rows[copied]])
        # The part maps stay whole: they say where the person is, also behind an erased rectangle.
        images, _ = self.erasing(images, parts, generator)
        pixels = self.normalise(images).contiguous(memory_format=torch.channels_last)
        walk = None if self.walks is None else self.walks.around(rows, generator)
        seed_layers(self, self.recipe.seed, self._turn)
        output = self.model(*training_inputs(self.model, pixels, parts, walk))
        everyone = self._everyone(output.embeddings, labels) if self.recipe.loss.global_mining else None
        auxiliary = dict(output.auxiliary)
        if self.adversary is not None:
            # Repainted copies wear nobody's outfit.
            weight = self.recipe.loss.clothes_weight * self._forgets_clothes
            auxiliary |= self.adversary(output.feature[:originals], rows[:originals], weight)
        losses = self.loss(output.logits, output.embeddings, labels, everyone, auxiliary, copied)
        shown = {f"loss/{name}": value.detach() for name, value in losses.by_name().items()}
        self.log_dict(shown, sync_dist=True)
        self.log("total", losses.total.detach(), prog_bar=True, logger=False, sync_dist=True)
        total: Tensor = losses.total
        return total

    @property
    def learned(self) -> ReIDNetwork:
        """The network that is evaluated and saved: the running mean of the weights where the recipe keeps one."""
        return self.model if self.average is None else self.average.network

    def optimizer_step(self, *arguments: Any, **named: Any) -> None:
        """Let the running mean follow each step."""
        super().optimizer_step(*arguments, **named)
        if self.average is not None:
            self.average.update(self.model)

    def setup(self, stage: str) -> None:
        """Let batch norms see the batches of all processes, so that their number does not change the training."""
        if self.trainer.world_size > 1:
            sync_norms(self.model, self.trainer.strategy.root_device)

    def on_train_epoch_start(self) -> None:
        """Seed what has no generator of its own, such as a backbone's dropout, so that resuming repeats it."""
        torch.manual_seed(step_seed(self, self.recipe.seed))

    def configure_optimizers(self) -> Any:
        """Return the recipe's optimiser with its schedule."""
        schedule = self.recipe.schedule
        beside = [] if self.adversary is None else self.adversary.parameters()
        optimizer = build_optimizer(self.model, schedule, beside)
        return {"optimizer": optimizer, "lr_scheduler": warmup_then_decay(optimizer, schedule)}

    def _sampled(self, parts: Tensor, rows: Tensor) -> Tensor:
        """Return the part maps with those that pixel sampling leaves alone made background, which is not repainted."""
        if self.unsampled is None:
            return parts
        return parts.masked_fill(self.unsampled[rows][:, None, None], Part.BACKGROUND)

    def _copied(self, count: int, generator: torch.Generator) -> Tensor:
        """Return the rows of the images that get a repainted copy, as many in every process."""
        share = self.recipe.pixel_sampling.share
        if share == 1:
            return torch.arange(count, device=self.device)
        chosen = torch.randperm(count, generator=generator, device=self.device)
        return chosen[: max(1, round(share * count))].sort().values

    def _repainted(self, images: Tensor, parts: Tensor, generator: torch.Generator) -> Tensor:
        """Return the generated copy of this process's images."""
        assert self.pixel_sampling is not None
        if not self.recipe.pixel_sampling.global_donors or self._processes == 1:
            own: Tensor = self.pixel_sampling(images, parts, generator)
            return own
        # Every process repaints the whole batch in the same way, and keeps what is its own.
        shared = shared_step_generator(self, self.recipe.seed, self._turn)
        repainted: Tensor = self.pixel_sampling(self._gathered(images), self._gathered(parts), shared)
        return repainted[self.global_rank * len(images) :][: len(images)]

    def _everyone(self, embeddings: Sequence[Tensor], labels: Tensor) -> GlobalBatch | None:
        """Return all processes' embeddings, with gradients, and labels."""
        if self._processes == 1:
            return None
        everyone = [self._gathered(head) for head in embeddings]
        return GlobalBatch(everyone, self._gathered(labels), self.global_rank * len(labels))

    def _gathered(self, own: Tensor) -> Tensor:
        """Return all processes' tensors one after the other, with gradients where this one has them."""
        everyone = self.all_gather(own, sync_grads=own.requires_grad)
        assert isinstance(everyone, Tensor)
        return everyone.flatten(0, 1)

    @property
    def _forgets_clothes(self) -> bool:
        """Whether the adversarial loss has begun."""
        return self.current_epoch >= round(self.recipe.loss.clothes_start * self.recipe.schedule.epochs)

    def _feature_width(self) -> int:
        """Return the length of the model's feature, found by one look at nothing."""
        height, width = self.recipe.data.height, self.recipe.data.width
        images, parts = torch.zeros(1, 3, height, width), torch.zeros(1, height, width, dtype=torch.uint8)
        with torch.no_grad():
            output = self.model.eval()(*training_inputs(self.model, images, parts))
        self.model.train()
        return int(output.feature.shape[1])

    @property
    def _processes(self) -> int:
        return 1 if self._trainer is None else self.trainer.world_size


def pixel_sampling(recipe: Recipe) -> PixelSampling | None:
    """Return the recipe's pixel sampling, or None where it repaints no part."""
    settings = recipe.pixel_sampling
    if not settings.parts:
        return None
    return PixelSampling(tuple(Part[name.upper()] for name in settings.parts), colours=settings.colours)


def total_loss(recipe: Recipe) -> TotalLoss:
    """Return the recipe's terms of Eq. (6)."""
    settings = recipe.loss
    variants = {"none": None, "norm": FeatureConsistency, "sigmoid": SigmoidConsistency}
    variant = variants[settings.consistency]
    consistency = None if variant is None else variant()
    return TotalLoss(
        IdentityLoss(settings.label_smoothing),
        BatchHardTriplet(settings.margin),
        consistency,
        settings.consistency_weight,
        normalise=settings.normalise,
        sum_heads=settings.sum_heads,
        contrastive=SupervisedContrastive(settings.temperature) if settings.contrastive_weight else None,
        contrastive_weight=settings.contrastive_weight,
    )
