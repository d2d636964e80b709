"""Refuses a recipe whose values cannot work, before anything is read or trained."""

from collections.abc import Mapping
from pathlib import Path

from ccreid.errors import CcreidError, nearest
from ccreid.models import SYSTEMS
from ccreid.recipe import Recipe
from ccreid.training.parser_recipe import ParserRecipe


class RecipeValueError(CcreidError, ValueError):
    """A value of a recipe is out of its range; the message names the setting, the value and what is allowed."""


def check_recipe(recipe: Recipe) -> None:
    """Check the values that types alone do not.

    Raises:
        RecipeValueError: The first value that is out of its range, or a contradiction between two settings.
    """
    _check_root(recipe.data.root)
    at_least: dict[str, tuple[float, float]] = {
        "seed": (recipe.seed, 0),
        "data.height": (recipe.data.height, 16),
        "data.width": (recipe.data.width, 16),
        "data.identities": (recipe.data.identities, 2),
        "data.instances": (recipe.data.instances, 2),
        "data.workers": (recipe.data.workers, 0),
        "augment.crop_padding": (recipe.augment.crop_padding, 0),
        "augment.smallest": (recipe.augment.smallest, 0),
        "loss.margin": (recipe.loss.margin, 0),
        "loss.consistency_weight": (recipe.loss.consistency_weight, 0),
        "schedule.epochs": (recipe.schedule.epochs, 1),
        "schedule.learning_rate": (recipe.schedule.learning_rate, 0),
        "schedule.rate_scale": (recipe.schedule.rate_scale, 0),
        "schedule.head_rate": (recipe.schedule.head_rate, 0),
        "schedule.weight_decay": (recipe.schedule.weight_decay, 0),
        "schedule.warmup_epochs": (recipe.schedule.warmup_epochs, 0),
        "schedule.clip": (recipe.schedule.clip, 0),
        "schedule.accumulate": (recipe.schedule.accumulate, 1),
        "loss.contrastive_weight": (recipe.loss.contrastive_weight, 0),
        "loss.clothes_weight": (recipe.loss.clothes_weight, 0),
        "selection.every": (recipe.selection.every, 1),
        "trainer.devices": (recipe.trainer.devices, 1),
        "trainer.num_nodes": (recipe.trainer.num_nodes, 1),
    }
    _check_least(at_least)
    shares = {
        "augment.flip": recipe.augment.flip,
        "augment.jitter": recipe.augment.jitter,
        "augment.erasing": recipe.augment.erasing,
        "pixel_sampling.min_plausibility": recipe.pixel_sampling.min_plausibility,
        "loss.label_smoothing": recipe.loss.label_smoothing,
        "loss.clothes_epsilon": recipe.loss.clothes_epsilon,
        "loss.clothes_start": recipe.loss.clothes_start,
        "schedule.momentum": recipe.schedule.momentum,
        "schedule.warmup_factor": recipe.schedule.warmup_factor,
        "selection.held_out": recipe.selection.held_out,
    }
    _check_shares(shares)
    _check_open(recipe)
    if recipe.loss.consistency != "none" and not recipe.pixel_sampling.parts:
        raise RecipeValueError(
            f"loss.consistency is {recipe.loss.consistency!r} but nothing is repainted: "
            "set pixel_sampling.parts, or loss.consistency none"
        )
    if recipe.data.labels == "outfits" and recipe.loss.clothes_weight:
        raise RecipeValueError(
            "data.labels is outfits, and the clothes-based adversarial loss makes features forget them: "
            "set data.labels people, or loss.clothes_weight 0"
        )
    if recipe.model.system not in SYSTEMS:
        raise RecipeValueError(f"model.system is {recipe.model.system!r}: {nearest(recipe.model.system, SYSTEMS)}")
    if recipe.model.last_stride not in {1, 2}:
        raise RecipeValueError(f"model.last_stride is {recipe.model.last_stride}, expected 1 or 2")


def check_parser_recipe(recipe: ParserRecipe) -> None:
    """Check the values that types alone do not; those of the augmentation are checked by its own modules.

    Raises:
        RecipeValueError: The first value that is out of its range, or neither rendered people nor photos are given.
    """
    if recipe.data.root is None and recipe.data.photos is None:
        raise RecipeValueError(
            "neither data.root nor data.photos is set: give --data.root FOLDER with rendered people, --data.photos "
            "FOLDER with photos and their label maps, or both"
        )
    if recipe.data.batch > recipe.data.images:
        raise RecipeValueError(
            f"data.batch is {recipe.data.batch}, more than the {recipe.data.images} images of an epoch (data.images)"
        )
    _check_least(
        {
            "seed": (recipe.seed, 0),
            "data.batch": (recipe.data.batch, 2),
            "data.workers": (recipe.data.workers, 0),
            "schedule.epochs": (recipe.schedule.epochs, 1),
            "schedule.learning_rate": (recipe.schedule.learning_rate, 0),
            "schedule.weight_decay": (recipe.schedule.weight_decay, 0),
            "trainer.devices": (recipe.trainer.devices, 1),
            "trainer.num_nodes": (recipe.trainer.num_nodes, 1),
        }
    )
    _check_shares(
        {
            "schedule.warmup": recipe.schedule.warmup,
            "data.photo_share": recipe.data.photo_share,
            "data.held_out": recipe.data.held_out,
        }
    )


def _check_open(recipe: Recipe) -> None:
    """Refuse the ends of ranges that a value may come near and not reach."""
    above_0_to_1: dict[str, float] = {
        "pixel_sampling.share": recipe.pixel_sampling.share,
        "schedule.layer_decay": recipe.schedule.layer_decay,
    }
    for name, value in above_0_to_1.items():
        if not 0 < value <= 1:
            raise RecipeValueError(f"{name} is {value}, expected a number above 0, to 1")
    below_1: dict[str, float] = {
        "model.drop_path": recipe.model.drop_path,
        "schedule.ema": recipe.schedule.ema,
    }
    for name, value in below_1.items():
        if not 0 <= value < 1:
            raise RecipeValueError(f"{name} is {value}, expected a number from 0 to below 1")
    if not recipe.loss.temperature > 0:
        raise RecipeValueError(f"loss.temperature is {recipe.loss.temperature}, expected a number above 0")


def _check_root(root: Path | None) -> None:
    if root is None:
        raise RecipeValueError("data.root is not set: give --data.root FOLDER, a data set")


def _check_least(values: Mapping[str, tuple[float, float]]) -> None:
    for name, (value, lowest) in values.items():
        if not value >= lowest:
            raise RecipeValueError(f"{name} is {value}, expected at least {lowest}")


def _check_shares(shares: Mapping[str, float]) -> None:
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise RecipeValueError(f"{name} is {share}, expected a number from 0 to 1")
