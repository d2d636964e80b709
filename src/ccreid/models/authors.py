"""Loads the models that Shu et al. released (github.com/shuxjweb/pixel_sampling) into our own classes.

Their checkpoints hold the same layers under other names: `global` is the baseline and the method, `pcb`, `hpm` and
`mgn` are the systems of Table III. All have a ResNet-50 and were trained at 256x128.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

import torch
from torch import Tensor

from ccreid.models.hpm import SCALES
from ccreid.models.network import ReIDNetwork
from ccreid.models.systems import build_model
from ccreid.weight_files import WeightsError, misfit, read_state_dict

AuthorsModel = Literal["global", "pcb", "hpm", "mgn"]


class _Names(NamedTuple):
    """How a released model is to be read.

    Attributes:
        system: The system of ours that it is.
        prefixes: The beginnings of our keys and of theirs.
        classifier: Their key of a classifier's weight, whose rows are the training identities.
        ignored: The beginning of their keys that nothing uses.
    """

    system: str
    prefixes: Mapping[str, str]
    classifier: str
    ignored: tuple[str, ...] = ()


def _hpm_prefixes() -> dict[str, str]:
    prefixes = {"backbone.": "features."}
    parts = {"reductions.{}.0.": "conv", "reductions.{}.1.": "batchnorm", "classifiers.{}.": "fc"}
    head = 0
    for scale in SCALES:
        for stripe in range(scale):
            for ours, theirs in parts.items():
                whole = f"global_{theirs.replace('batchnorm', 'bn')}."
                prefixes[ours.format(head)] = whole if scale == 1 else f"pcb{scale}_{theirs}_list.{stripe}."
            head += 1
    return prefixes


_MGN_CLASSIFIERS: Final = ("2048_0", "2048_1", "2048_2", "256_1_0", "256_1_1", "256_2_0", "256_2_1", "256_2_2")

_NAMES: Final[dict[AuthorsModel, _Names]] = {
    "global": _Names("baseline", {"backbone.": "", "bnneck.": "bottleneck."}, "classifier.weight"),
    "pcb": _Names(
        "pcb",
        {"backbone.": "", "reduction.": "conv5.layers.", "classifiers.": "classifier."},
        "classifier.0.weight",
    ),
    # Their ResNet keeps ImageNet's classifier, which takes no part.
    "hpm": _Names("hpm", _hpm_prefixes(), "global_fc.weight", ignored=("features.fc.",)),
    "mgn": _Names(
        "mgn",
        {
            "trunk.": "backone.",  # as they spell it
            **{f"branches.{index}.": f"p{index + 1}." for index in range(3)},
            **{f"reductions.{index}.": f"reduction_{index}." for index in range(len(_MGN_CLASSIFIERS))},
            **{f"classifiers.{index}.": f"fc_id_{name}." for index, name in enumerate(_MGN_CLASSIFIERS)},
        },
        "fc_id_2048_0.weight",
    ),
}


def load_authors_network(path: Path, which: AuthorsModel) -> ReIDNetwork:
    """Read a released checkpoint.

    Args:
        path: Their checkpoint_best.pth: a state dict, alone or under `state_dict`, its keys with or without `module.`.
        which: The model that it holds; `global` is the baseline's network, with or without pixel sampling.

    Returns:
        The model in evaluation mode, on the CPU. Its retrieval feature is what their code returns at test time.

    Raises:
        WeightsError: The file is missing, damaged or holds another model; the message names keys that are missing.
    """
    names = _NAMES[which]
    theirs = {key: value for key, value in read_state_dict(path).items() if not key.startswith(names.ignored)}
    # A file without the classifier is refused below, with all that it lacks.
    identities = len(theirs[names.classifier]) if names.classifier in theirs else 1
    model = build_model(names.system, identities, "resnet50")
    ours = {_their_key(key, names.prefixes): value for key, value in model.state_dict().items()}
    # Where we have a linear layer on a pooled feature, they have a 1x1 convolution.
    fitted = {key: value.flatten(1) if _is_pointwise(value, ours.get(key)) else value for key, value in theirs.items()}
    if faults := misfit(ours, fitted):
        raise WeightsError(f"{path} does not hold the authors' {which} model ({faults}): {_advice(which, theirs)}")
    with torch.no_grad():
        for key, value in fitted.items():
            ours[key].copy_(value)  # what a state dict holds shares its memory with the model
    return model.eval()


def authors_system(which: AuthorsModel) -> str:
    """Return the system of ours that a released model is."""
    return _NAMES[which].system


def _their_key(key: str, prefixes: Mapping[str, str]) -> str:
    for ours, theirs in prefixes.items():
        if key.startswith(ours):
            return theirs + key.removeprefix(ours)
    return key


def _is_pointwise(value: Tensor, ours: Tensor | None) -> bool:
    return ours is not None and ours.ndim == 2 and value.ndim == 4 and value.shape[2:] == (1, 1)


def _advice(which: AuthorsModel, theirs: Mapping[str, Tensor]) -> str:
    for other in get_args(AuthorsModel):
        if other != which and _NAMES[other].classifier in theirs:
            return f"it looks like --authors {other}"
    return "give the checkpoint_best.pth that its authors' code wrote"
