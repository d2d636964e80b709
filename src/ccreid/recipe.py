"""What a training run is made of, as typed dataclasses: one field per decision of the paper's Sec. III-A."""

from dataclasses import dataclass, field, is_dataclass
from pathlib import Path
from typing import Any, Literal, get_type_hints

from ccreid.datasets.record import TEST_SHARE, DataSetName, Modality
from ccreid.errors import BadValueError
from ccreid.recipe_fields import field_fault

PartName = Literal["head", "upper_clothes", "pants", "arms", "legs"]

Pooling = Literal["mean", "max", "mean_max"]


@dataclass
class DataRecipe:
    """Which images are read, and how a batch is drawn from them.

    Attributes:
        root: Folder of the data set, with part maps under parts for pixel sampling.
        dataset: prcc (Wardrobe too), ltcc, vc_clothes, celeb_reid, deepchange, last, market1501, ccvid, table or
            people; auto for the one whose layout the folder has.
        labels: people, or outfits to make each outfit of each person a class of its own, in batches too; evaluation
            knows people alone.
        test_share: Share of the people that are test people, where the data set does not say who is.
        modality: rgb, or sketch for the contour sketches of `ccreid sketch`, under sketch beside PRCC's rgb.
        height: Height in pixels that images are resized to.
        width: Width in pixels that images are resized to.
        identities: P, the identities in a batch.
        instances: K, the images of each identity in a batch.
        workers: Processes that read images beside the training process; 0 reads in the training process.
        cache: Keep all decoded images in memory; pays for small data sets.
        pack: File that `ccreid pack` wrote; where it is left out, the one beside the root, if there is one.
    """

    root: Path | None = None
    dataset: DataSetName = "auto"
    labels: Literal["people", "outfits"] = "people"
    test_share: float = TEST_SHARE
    modality: Modality = "rgb"
    height: int = 256
    width: int = 128
    identities: int = 16
    instances: int = 4
    workers: int = 4
    cache: bool = False
    pack: Path | None = None


@dataclass
class ModelRecipe:
    """The network.

    Attributes:
        system: baseline, pcb, mgn, hpm, hacnn, stn, sketchnet, spt, gi_reid, face, head, head_body or head_clothes:
            what is built on the backbone.
        backbone: resnet18, resnet34, resnet50, resnet101, efficientnet_lite0, vgg16, timm/NAME, or hf/NAME or
            hf/FOLDER of a transformers checkpoint; hacnn and face have none, and head_clothes its own.
        weights: imagenet, none, a file of the backbone's weights, or for vgg16 hed, the edge detector's.
        last_stride: Stride of the backbone's last stage; 1 keeps 16x8 maps at 256x128. mgn has both.
        pooling: How the baseline makes one feature of the backbone's map: mean, of a vision transformer the mean of its
            patch tokens, which say more of a person's shape than its class token; max, which keeps what is seen in one
            place alone; mean_max, both, one after the other.
        drop_path: Share of the images that skip the backbone's last residual branch in a step, growing to it linearly
            from the first (Huang et al. 2016); keeps deep pretrained backbones from learning few people by heart.
        checkpointing: Compute a vision transformer's blocks anew on the way back instead of keeping all that they
            computed: about a third more time for a fraction of the memory.
    """

    system: str = "baseline"
    backbone: str = "resnet50"
    weights: str = "imagenet"
    last_stride: int = 1
    pooling: Pooling = "mean"
    drop_path: float = 0.0
    checkpointing: bool = False


@dataclass
class AugmentRecipe:
    """Random changes that keep the identity; images and part maps move together.

    Attributes:
        flip: Probability of a horizontal flip.
        crop_padding: Pixels of padding before the random crop; 0 for no crop.
        crop_parts: Crop the part map along with the image; the authors' released code leaves it where it was.
        jitter: Largest relative change of brightness, contrast, saturation and hue; 0 for none.
        smallest: Height in pixels down to which images are shrunk, each to a height of its own, and enlarged again, as
            people far from a camera look; 0 for none.
        erasing: Probability of random erasing (Zhong et al. 2020); 0 for none.
    """

    flip: float = 0.5
    crop_padding: int = 10
    crop_parts: bool = True
    jitter: float = 0.0
    smallest: int = 0
    erasing: float = 0.0


@dataclass
class PixelSamplingRecipe:
    """Semantic-guided pixel sampling (Sec. II-A).

    Attributes:
        parts: The parts to repaint; none for no pixel sampling.
        colours: vectors as in Eq. (1)-(2), or channels as the authors' released code does.
        global_donors: With several processes, take pixels from the people of all their batches.
        min_plausibility: Images whose part map is less plausible, 0..1, are neither repainted nor give pixels; 0 for
            none, 0.5 for those that `ccreid parse` calls doubtful.
        share: Share of a batch's images that get a repainted copy, above 0 to 1: fewer copies leave real clothes more
            of a say, and cost less time. The consistency loss compares the images that have one.
    """

    parts: list[PartName] = field(default_factory=list)
    colours: Literal["vectors", "channels"] = "vectors"
    global_donors: bool = False
    min_plausibility: float = 0.0
    share: float = 1.0


@dataclass
class LossRecipe:
    """The terms of Eq. (6).

    Attributes:
        label_smoothing: Of the identity loss, Eq. (4); the released code uses 0.1.
        margin: m of the triplet loss, Eq. (5).
        consistency: norm for Eq. (3), sigmoid for the released code's variant, none to leave it out.
        consistency_weight: Of the consistency loss; 1 in Eq. (6).
        normalise: L2-normalise the embeddings that the triplet and the consistency loss compare; the paper does not.
        sum_heads: Add up the losses of a model's heads, where it has several, instead of taking their mean.
        global_mining: With several processes, look for the hardest images in all their batches.
        contrastive_weight: Of the supervised contrastive loss (Khosla et al. 2020); 0 leaves it out. Where the triplet
            loss sees one positive and one negative an image, it sees all images of an identity, in all its outfits.
        temperature: Of the supervised contrastive loss; the lower, the more the nearest negatives count.
        clothes_weight: Of the clothes-based adversarial loss (Gu et al. 2022), by which features forget what only the
            outfit says; 0 leaves it and its clothes classifier out. Needs a data set that says who wears what.
        clothes_epsilon: Share of the adversarial loss's target that is spread over all outfits of the person.
        clothes_start: Share of the epochs before the adversarial loss begins: features that do not yet tell people
            apart have nothing left where they forget clothes. A run with it cannot be lengthened.
    """

    label_smoothing: float = 0.0
    margin: float = 0.3
    consistency: Literal["none", "norm", "sigmoid"] = "none"
    consistency_weight: float = 1.0
    normalise: bool = False
    sum_heads: bool = False
    global_mining: bool = True
    contrastive_weight: float = 0.0
    temperature: float = 0.1
    clothes_weight: float = 0.0
    clothes_epsilon: float = 0.1
    clothes_start: float = 0.4


@dataclass
class ScheduleRecipe:
    """How long and how fast to learn.

    Attributes:
        epochs: Passes over the training images.
        optimizer: sgd, or adamw (Loshchilov & Hutter 2019), which vision transformers need, as the gradients of their
            layers differ in size by orders of magnitude; norms and biases do not decay under it.
        learning_rate: After the warm-up.
        rate_scale: Factor on the learning rate, with which a recipe keeps its ratio to others under every profile.
        head_rate: Factor on the learning rate of all layers but the backbone's, which have no weights to start from.
        layer_decay: Factor on the learning rate from each of the backbone's blocks to the one below it, so that what is
            general in pretrained weights changes least (Clark et al. 2020); 1 for one rate.
        momentum: Of SGD; AdamW has its own two.
        weight_decay: Of the optimiser.
        warmup_epochs: Epochs over which the learning rate grows linearly.
        warmup_factor: Share of the learning rate that the warm-up starts from.
        decay: steps, at the milestones; or cosine, half a wave from the end of the warm-up to nearly 0 in the last
            epoch, which leaves no milestones to be found by trial. A run with it cannot be lengthened.
        milestones: Epochs at which the learning rate is multiplied by gamma.
        gamma: Factor at each milestone.
        clip: Largest norm of the gradient of all weights together, above which it is scaled down, so that one odd batch
            does not throw a transformer off; 0 for no limit.
        accumulate: Batches whose mean gradient makes one step, for batches that do not fit into memory. Batch norms and
            the losses that compare images see each batch on its own: it stands for more images, not for harder
            triplets. An epoch's last step may have fewer, and is smaller by as much.
        ema: Share that the running mean of the weights keeps of itself at each step, such as 0.999; its weights are
            what is evaluated and saved, and wander less than those of any one step. It begins with less, (1 + step) /
            (10 + step). 0 keeps no mean.
    """

    epochs: int = 60
    optimizer: Literal["sgd", "adamw"] = "sgd"
    learning_rate: float = 3.5e-3
    rate_scale: float = 1.0
    head_rate: float = 1.0
    layer_decay: float = 1.0
    momentum: float = 0.9
    weight_decay: float = 5e-4
    warmup_epochs: int = 10
    warmup_factor: float = 0.01
    decay: Literal["steps", "cosine"] = "steps"
    milestones: list[int] = field(default_factory=lambda: [40, 80])
    gamma: float = 0.1
    clip: float = 0.0
    accumulate: int = 1
    ema: float = 0.0


@dataclass
class SelectionRecipe:
    """Which epoch's weights are kept. Test queries never take part.

    Attributes:
        held_out: Share of the training identities held out to pick the best epoch; 0 takes the last epoch.
        every: Epochs between two looks at the held-out identities.
    """

    held_out: float = 0.0
    every: int = 5


@dataclass
class TrainerRecipe:
    """The machine, in Lightning's words.

    Attributes:
        accelerator: auto, cpu, gpu, ...
        devices: Number of devices on each node.
        num_nodes: Number of machines.
        precision: Lightning's precision, such as 32-true or bf16-mixed.
    """

    accelerator: str = "auto"
    devices: int = 1
    num_nodes: int = 1
    precision: str = "32-true"


@dataclass
class Recipe:
    """One experiment: everything that decides a training run but the code itself.

    Attributes:
        name: Name in tables and folders; the recipe file's name.
        description: What the experiment shows, in one line.
        seed: Of the batches, the augmentation and the first weights.
        data: Which images are read, and how a batch is drawn from them.
        model: The network.
        augment: Random changes that keep the identity.
        pixel_sampling: Semantic-guided pixel sampling.
        loss: The terms of Eq. (6).
        schedule: How long and how fast to learn.
        selection: Which epoch's weights are kept.
        trainer: The machine, in Lightning's words.
    """

    name: str = ""
    description: str = ""
    seed: int = 0
    data: DataRecipe = field(default_factory=DataRecipe)
    model: ModelRecipe = field(default_factory=ModelRecipe)
    augment: AugmentRecipe = field(default_factory=AugmentRecipe)
    pixel_sampling: PixelSamplingRecipe = field(default_factory=PixelSamplingRecipe)
    loss: LossRecipe = field(default_factory=LossRecipe)
    schedule: ScheduleRecipe = field(default_factory=ScheduleRecipe)
    selection: SelectionRecipe = field(default_factory=SelectionRecipe)
    trainer: TrainerRecipe = field(default_factory=TrainerRecipe)


def recipe_from_tree(tree: dict[str, Any]) -> Recipe:
    """Build a recipe from nested dictionaries, as `dataclasses.asdict` makes them; keys left out keep their default.

    Raises:
        BadValueError: A key or a value is none of a recipe's.
    """
    if fault := field_fault(tree, Recipe):
        raise BadValueError(fault)
    hints = get_type_hints(Recipe)
    values = {key: hints[key](**value) if is_dataclass(hints[key]) else value for key, value in tree.items()}
    recipe = Recipe(**values)
    for key in ("root", "pack"):
        if getattr(recipe.data, key) is not None:
            setattr(recipe.data, key, Path(getattr(recipe.data, key)))
    return recipe
