"""A few steps and a few images of a run, and what they say of the whole: what `ccreid train RECIPE --dry-run` does."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ccreid.datasets.pack import Pack
from ccreid.datasets.record import ImageRecord, spread_evenly
from ccreid.datasets.retrieval_setting import RetrievalSetting
from ccreid.evaluation.evaluate import pack_of, record_features, setting_features
from ccreid.evaluation.features import evaluate_features
from ccreid.models.checkpoint import MODEL_FILE, save_checkpoint
from ccreid.models.reid_model import ReIDModel
from ccreid.peak_memory import peak_gpu_memory, peak_host_memory
from ccreid.progress import duration, seconds_each
from ccreid.recipe import Recipe
from ccreid.training.divergence import StopAtDivergence
from ccreid.training.run import fit_training, open_for_training, prepare
from ccreid.training.step_clock import StepClock, StepTimes

# Queries of each setting that are looked for, and images that an image's time is measured on.
_QUERIES: Final = 8
_IMAGES: Final = 32


@dataclass(frozen=True)
class DryRun:
    """What a dry run measured, and how much of it the full run has; as text, the estimate and what it is made of.

    Attributes:
        title: The recipe and its data set.
        preparation: Seconds from the start to the first step, in which images that are kept in memory are read.
        times: Of the training steps; None where there is nothing to learn.
        held_out: Images that all looks at held-out identities go through the model, each counted as often.
        tested: Test images.
        image: Seconds that one of them took.
        host_memory: The most bytes that the process had in main memory; None where the system does not say.
        gpu_memory: The most bytes of tensors on the GPU; None without one.
    """

    title: str
    preparation: float
    times: StepTimes | None
    held_out: int
    tested: int
    image: float
    host_memory: int | None
    gpu_memory: int | None

    @property
    def training(self) -> float:
        """Seconds that the full run trains, the looks at held-out identities left out."""
        return 0.0 if self.times is None else self.times.whole

    @property
    def evaluation(self) -> float:
        """Seconds that the full run's test images take."""
        return self.tested * self.image

    @property
    def whole(self) -> float:
        """Seconds of the full run."""
        return self.preparation + self.training + self.held_out * self.image + self.evaluation

    def __str__(self) -> str:
        """Return one line for each thing that was measured."""
        memory = (
            "not known on this system" if self.host_memory is None else f"{_size(self.host_memory)} of this process"
        )
        memory += f"; {_size(self.gpu_memory)} on the GPU" if self.gpu_memory is not None else ""
        lines = [f"dry run of {self.title}; nothing was written"]
        lines += [f"  peak memory   {memory}", f"  preparation   {duration(self.preparation)}, as measured"]
        training = "none, there is nothing to learn" if self.times is None else str(self.times)
        lines += [f"  training      {training}"]
        if self.held_out:
            seconds = duration(self.held_out * self.image)
            lines += [
                f"  selection     {seconds}: held-out images, {self.held_out:,} in all, {seconds_each(self.image)} each"
            ]
        lines += [
            f"  evaluation    {duration(self.evaluation)}: {self.tested:,} test images, {seconds_each(self.image)} each"
        ]
        lines += [f"  a full run    about {duration(self.whole)}, on this machine as busy as it is now"]
        return "\n".join(lines)


def dry_run_recipe(recipe: Recipe) -> DryRun:
    """Do all that a run does up to a few training steps and the evaluation of a few images, and leave no file.

    Args:
        recipe: What would be trained; `recipe.data.root` must be set.

    Raises:
        ValueError: As `run_recipe` would before or in its first steps.
        DivergenceError: The loss is no number in the first steps.
    """
    started = time.monotonic()
    data = open_for_training(recipe)
    training = prepare(recipe, data)
    images = training.images
    with tempfile.TemporaryDirectory(prefix="ccreid-dry-run-") as name:
        folder = Path(name)
        times, preparation = None, time.monotonic() - started
        if training.learns:
            clock = StepClock()
            callbacks = [StopAtDivergence(images.learned, folder), clock]
            fit_training(training, recipe, folder, callbacks)
            times, preparation = clock.times(), clock.first - started
        save_checkpoint(folder / MODEL_FILE, training.module.learned, recipe, epoch=0)
        model = ReIDModel.from_pretrained(folder / MODEL_FILE)
        tested = data.test_records()
        pack = pack_of(model, data)
        image = seconds_an_image(model, data.settings, tested, pack)
    looks = 0
    if training.held_out is not None:
        every, epochs = recipe.selection.every, recipe.schedule.epochs
        looks = epochs // every + (epochs % every > 0)
    return DryRun(
        f"{recipe.name} on {data.root}",
        preparation,
        times,
        looks * len(images.held_out),
        len(tested),
        image,
        peak_host_memory(),
        peak_gpu_memory(),
    )


def seconds_an_image(
    model: ReIDModel, settings: Sequence[RetrievalSetting], tested: Sequence[ImageRecord], pack: Pack | None
) -> float:
    """Evaluate a few queries of each setting, and return the seconds that an image takes after that.

    Args:
        model: The model.
        settings: Of the data set; each has a query with a match.
        tested: The test images.
        pack: Where images are taken from that are in it.
    """
    for query, gallery in setting_features(model, [few_of(setting) for setting in settings], pack):
        evaluate_features(query, gallery)
    few = spread_evenly(tested, _IMAGES)
    started = time.monotonic()
    record_features(model, few, pack)
    return (time.monotonic() - started) / len(few)


def few_of(setting: RetrievalSetting) -> RetrievalSetting:
    """Return a few of a setting's queries that have a match, in a gallery of one for each."""
    found: dict[Path, tuple[ImageRecord, ImageRecord]] = {}
    of_identity: dict[int, list[ImageRecord]] = {}
    for record in setting.gallery:
        of_identity.setdefault(record.identity, []).append(record)
    for query in setting.query:
        for match in of_identity.get(query.identity, ()):
            if replace(setting, query=[query], gallery=[match]).has_match():
                found[query.image] = query, match
                break
        if len(found) == _QUERIES:
            break
    queries, gallery = zip(*found.values(), strict=True)
    return replace(setting, query=queries, gallery=gallery)


def _size(count: int) -> str:
    return f"{count / 1e9:.2f} GB"
