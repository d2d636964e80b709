"""What a training run of the tiny parser is made of, as typed dataclasses."""

from dataclasses import dataclass, field
from pathlib import Path

from ccreid.recipe import TrainerRecipe


@dataclass
class ParserDataRecipe:
    """Which images are read.

    Attributes:
        root: Folder in PRCC's layout: rgb/train and rgb/test with exact part maps under parts.
        batch: Images in a batch, over all processes.
        workers: Processes that read images beside the training process; 0 reads in the training process.
        cache: Keep all decoded images in memory, 128 KiB each.
    """

    root: Path | None = None
    batch: int = 16
    workers: int = 2
    cache: bool = False


@dataclass
class ParserAugmentRecipe:
    """Random changes of images and part maps; see `ParsingAugmentation`.

    Attributes:
        flip: Probability of a horizontal flip.
        scale: Largest relative enlargement, and the same the other way.
        turn: Largest turn in radians.
        move: Largest move as a share of height and width.
        jitter: Largest relative change of brightness, contrast and saturation, up to 0.5.
        hue: Largest turn of the hue as a share of the colour circle, up to 0.5.
        occlusion: Probability of an occluder.
        poor_camera: Share of the grey, blurred, noisy and compressed images of `PoorCamera`; 0 for none.
    """

    flip: float = 0.5
    scale: float = 0.25
    turn: float = 0.1
    move: float = 0.08
    jitter: float = 0.3
    hue: float = 0.08
    occlusion: float = 0.2
    poor_camera: float = 0.7


@dataclass
class ParserScheduleRecipe:
    """How long and how fast to learn: AdamW, and one cycle of the learning rate (Smith & Topin 2019).

    Attributes:
        epochs: Passes over the training images.
        learning_rate: Largest one.
        weight_decay: Of AdamW.
        warmup: Share of the steps over which the learning rate grows.
    """

    epochs: int = 20
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    warmup: float = 0.2


@dataclass
class ParserRecipe:
    """One parser: everything that decides a training run but the code itself.

    Attributes:
        name: Name in folders; the recipe file's name.
        description: What is trained, in one line.
        seed: Of the batches, the augmentation and the first weights.
        data: Which images are read.
        augment: Random changes of images and part maps.
        schedule: How long and how fast to learn.
        trainer: The machine, in Lightning's words.
    """

    name: str = ""
    description: str = ""
    seed: int = 0
    data: ParserDataRecipe = field(default_factory=ParserDataRecipe)
    augment: ParserAugmentRecipe = field(default_factory=ParserAugmentRecipe)
    schedule: ParserScheduleRecipe = field(default_factory=ParserScheduleRecipe)
    trainer: TrainerRecipe = field(default_factory=TrainerRecipe)
