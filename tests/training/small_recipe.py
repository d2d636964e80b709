"""A recipe that trains in seconds on a tiny made data set."""

from pathlib import Path

from datasets.make_prcc import make_prcc

from ccreid.recipe import (
    AugmentRecipe,
    DataRecipe,
    LossRecipe,
    ModelRecipe,
    PixelSamplingRecipe,
    Recipe,
    ScheduleRecipe,
    TrainerRecipe,
)


def small_recipe(root: Path, epochs: int = 2, seed: int = 0) -> Recipe:
    """Return the method at 32x16 on people that are made under `root`, if they are not there already."""
    if not root.exists():
        make_prcc(root, train_identities=6, test_identities=3, images=2)
    return Recipe(
        name="small",
        seed=seed,
        data=DataRecipe(root=root, height=32, width=16, identities=3, instances=2, workers=0),
        model=ModelRecipe(backbone="resnet18", weights="none"),
        augment=AugmentRecipe(crop_padding=2, jitter=0.1, erasing=0.5),
        pixel_sampling=PixelSamplingRecipe(parts=["upper_clothes", "pants"]),
        loss=LossRecipe(consistency="norm"),
        schedule=ScheduleRecipe(epochs=epochs, learning_rate=0.01, warmup_epochs=1, milestones=[2]),
        trainer=TrainerRecipe(accelerator="cpu"),
    )
