"""A model ready to use: a network with its recipe, image size and device, from images to features that are compared."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import torch
from numpy.typing import NDArray
from torch import Tensor

from ccreid.datasets.image_source import ImageSource, each_source, own_size_tensor, source_tensor
from ccreid.datasets.images import read_image, read_pair, resize_parts
from ccreid.datasets.pack import Pack
from ccreid.datasets.part_maps import PartMapError, check_parts, read_parts, require_parts
from ccreid.datasets.record import ImageRecord
from ccreid.device import pick_device
from ccreid.errors import BadValueError
from ccreid.models.authors import AuthorsModel, authors_system, load_authors_network
from ccreid.models.calibration import Calibration, Decision, NotCalibratedError
from ccreid.models.checkpoint import MODEL_FILE, load_checkpoint, save_checkpoint
from ccreid.models.extraction import FeatureExtractor
from ccreid.models.network import ReIDNetwork
from ccreid.models.shipped import model_file, shipped_name
from ccreid.models.systems import SYSTEMS
from ccreid.prefetch import prefetch
from ccreid.progress import LONG, show_progress
from ccreid.recipe import ModelRecipe, Recipe

PartsSource = str | Path | NDArray[np.uint8]
"""A part map's file, a palette PNG or a soft mask, or its values 0..5, uint8 (H, W), in its image's size."""

_BATCH: Final = 64
# Batches that are decoded ahead of the network; all of a long list would not fit in memory.
_AHEAD: Final = 4


class ReIDModel:
    """A re-identification model: turns images of people into features, and features into similarities.

    Args:
        network: One that `build_model` builds, or one of your own; it stays as it is, in its mode and where it is. The
            model runs a copy, made with the first images: after training further, make another model.
        recipe: What the network was trained with; its `data.height` and `data.width` are the image size.
        device: auto, cpu, cuda, cuda:1, ...
        epoch: Epochs that the network was trained for, if that is known.
        calibration: What its similarity means, if that was measured.

    Attributes:
        network: The network that was given.
        recipe: The recipe.
        name: What the model is called: a shipped model's name, otherwise the recipe's, or the system's.
        device: Where the copy runs.
        epoch: As given.
        calibration: As given: thresholds by false-match rate, or None.

    Raises:
        BadValueError: The device is not there.

    Example:
        >>> import numpy as np
        >>> from ccreid import ReIDModel, build_model
        >>> model = ReIDModel(build_model("baseline", num_identities=150, backbone="resnet18"))
        >>> people = [np.zeros((256, 128, 3), np.uint8), np.full((300, 120, 3), 200, np.uint8)]
        >>> features = model.embed(people)
        >>> model.similarity(features, features).shape
        (2, 2)
    """

    def __init__(
        self,
        network: ReIDNetwork,
        recipe: Recipe | None = None,
        device: str | torch.device = "auto",
        epoch: int | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        self.network = network
        self.recipe = Recipe() if recipe is None else recipe
        self.device = pick_device(device) if isinstance(device, str) else device
        self.name = self.recipe.name or self.recipe.model.system
        self.epoch = epoch
        self.calibration = calibration
        self._extractor = FeatureExtractor(network, self.device)

    @classmethod
    def from_pretrained(cls, source: str | Path, device: str | torch.device = "auto") -> Self:
        """Return the model of a file or a folder, or one that ships with ccreid.

        Args:
            source: A model.safetensors, or a folder with one: that of a run, or what `save_pretrained` wrote. Or the
                name of a shipped model, as `ccreid models` lists them, where there is no file or folder of that name.
                Or hf://USER/NAME, a model on the Hugging Face hub, which is fetched.
            device: auto, cpu, cuda, cuda:1, ...

        Returns:
            The model, with the recipe, the epoch and the calibration that the file says.

        Raises:
            MissingFileError: There is no such file, none in the folder, or no such shipped model.
            CheckpointError: The file is damaged or something else.
            BadValueError: The device is not there.
            HubError: The model cannot be fetched from the hub.
        """
        if str(source).startswith("hf:"):
            from ccreid.models.hub import fetch_model

            source = fetch_model(source)
        file = model_file(source)
        network, recipe, epoch, calibration = load_checkpoint(file)
        model = cls(network, recipe, device, epoch, calibration)
        model.name = shipped_name(file) or model.name
        return model

    @classmethod
    def from_authors(cls, path: str | Path, which: AuthorsModel, device: str | torch.device = "auto") -> Self:
        """Return a model that the authors of pixel sampling released, with the recipe that evaluates it.

        The recipe says what their test code does, images of 256x128; neither it nor the file says how it was trained.

        Args:
            path: Their checkpoint_best.pth.
            which: The model in it: global, pcb, hpm or mgn; see `load_authors_network`.
            device: auto, cpu, cuda, cuda:1, ...

        Returns:
            The model, its network in evaluation mode.

        Raises:
            WeightsError: The file is missing, damaged or holds another model.
            BadValueError: The device is not there.
        """
        recipe = Recipe(name=f"authors_{which}", model=ModelRecipe(system=authors_system(which)))
        return cls(load_authors_network(Path(path), which), recipe, device)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels that images are resized to, unless the network `reads_own_size`."""
        return self.recipe.data.height, self.recipe.data.width

    def __repr__(self) -> str:
        height, width = self.size
        return f"ReIDModel({self.name!r}, {height}x{width}, {self.device})"

    def save_pretrained(self, folder: str | Path) -> Path:
        """Write model.safetensors into a folder, from which `from_pretrained` makes this model again.

        Returns:
            The file.

        Raises:
            BadValueError: The network is not the system that the recipe names.
        """
        system = self.recipe.model.system
        if type(self.network) is not SYSTEMS.get(system):
            raise BadValueError(
                f"the network is a {type(self.network).__name__} and the recipe's model.system is {system!r}: "
                "give the recipe that it is built from"
            )
        path = Path(folder) / MODEL_FILE
        save_checkpoint(path, self.network, self.recipe, self.epoch or 0, self.calibration)
        return path

    def embed(
        self,
        images: ImageSource | Iterable[ImageSource],
        *,
        parts: PartsSource | Iterable[PartsSource] | None = None,
        batch_size: int = _BATCH,
        progress: bool | None = None,
    ) -> NDArray[np.float32]:
        """Return the features of images: of each image and of its mirror image, summed and L2-normalised.

        Images are read in threads, a few batches ahead of the network, so that an iterator is never held in memory.

        Args:
            images: Paths, Pillow images or uint8 RGB arrays (H, W, 3), in any mixture, or one of them.
            parts: The part map of each image, for a network that reads them (the systems `head` and `head_body`).
            batch_size: Images in a batch, at least 1.
            progress: Show how far it is; where it is left out, of lists of more than 512 images.

        Returns:
            float32 (N, D) in the order of the images, of length 1; zero where the network found nothing to describe,
            such as no face.

        Raises:
            ImageError: An image is broken or no image; the message names its file or its place.
            PartMapError: The network reads part maps and one is missing, broken or does not fit its image.
            BadValueError: There are no images, or the batch size is below 1.

        Example:
            >>> from ccreid import build_model
            >>> model = ReIDModel(build_model("baseline", num_identities=150, backbone="resnet18"))
            >>> model.embed(np.zeros((256, 128, 3), np.uint8)).shape
            (1, 512)
        """
        if batch_size < 1:
            raise BadValueError(f"batch_size is {batch_size}, expected at least 1")
        sources, total = each_source(images)
        pairs: Iterable[tuple[ImageSource, PartsSource | None]]
        if self.network.reads_parts == "always":
            pairs = self._with_parts(sources, parts)
        else:
            pairs = zip(sources, itertools.repeat(None))
        shown = (total or 0) > LONG if progress is None else progress
        inputs = prefetch(self._read, enumerate(pairs), _AHEAD * self._batch_of(batch_size))
        found: list[Tensor] = []
        with show_progress("embedding", total, shown) as advance:
            for features in self._extractor.features(_batches(inputs, self._batch_of(batch_size))):
                found.append(features)
                advance(len(features), 0)
        if not found:
            raise BadValueError("there are no images to embed: the list is empty")
        return torch.cat(found).numpy()

    def embed_records(self, records: Sequence[ImageRecord], pack: Pack | None = None) -> NDArray[np.float32]:
        """Return the features of a data set's images, with their part maps where the network reads them.

        Args:
            records: The images.
            pack: Where images are taken from that are in it.

        Returns:
            float32 (N, D) in the order of the records, as of `embed`.

        Raises:
            ImageError: An image is broken.
            PartMapError: The network reads part maps, and an image's is missing or broken.
            BadValueError: There are no records.
        """
        inputs = self._inputs_of(records, pack)
        return torch.cat(list(self._extractor.features(_batches(inputs, self._batch_of(_BATCH))))).numpy()

    def embed_tracks(self, tracks: Sequence[Sequence[ImageRecord]], pack: Pack | None = None) -> NDArray[np.float32]:
        """Return the feature of each track of a data set: the mean of its images' features, L2-normalised.

        As in the code of Gu et al. (CVPR 2022), that is the mean of what the network puts out, not of features of
        length 1; here, as for an image, over all images and their mirror images. An image in which the network found
        nothing to describe adds nothing to it. Only one batch of images' features is held at a time.

        Args:
            tracks: The images of each, at least one.
            pack: Where images are taken from that are in it.

        Returns:
            float32 (N, D) in the order of the tracks, of length 1; zero where nothing was found in any of the images.

        Raises:
            ImageError: An image is broken.
            PartMapError: The network reads part maps, and an image's is missing or broken.
            BadValueError: There are no tracks.
        """
        inputs = self._inputs_of([record for track in tracks for record in track], pack)
        owner = torch.repeat_interleave(torch.tensor([len(track) for track in tracks]))
        sums: Tensor | None = None
        start = 0
        for found in self._extractor.sums(_batches(inputs, self._batch_of(_BATCH))):
            if sums is None:
                sums = torch.zeros(len(tracks), found.shape[1], dtype=torch.float64)
            sums.index_add_(0, owner[start : start + len(found)], found.cpu().double())
            start += len(found)
        assert sums is not None  # _inputs_of refuses to read nothing
        # The mean has the sum's direction, however many images nothing was found in.
        features: NDArray[np.float32] = torch.nn.functional.normalize(sums).float().numpy()
        return features

    def _inputs_of(self, records: Sequence[ImageRecord], pack: Pack | None) -> Iterator[tuple[Tensor, ...]]:
        """Return what the network takes of each record, read ahead; refuse part maps that are missing before."""
        if not records:
            raise BadValueError("there are no images to extract features from: the data set's list of images is empty")
        with_parts = self.network.reads_parts == "always"
        if with_parts:
            require_parts(records)
        own_size = self.network.reads_own_size
        rows = np.full(len(records), -1) if pack is None or own_size else pack.rows(records)

        def read(index: int) -> tuple[Tensor, ...]:
            if own_size:
                return (own_size_tensor(records[index].image),)
            if pack is not None and rows[index] >= 0:
                images, parts = pack.read(rows[[index]])
                return (images[0], parts[0]) if with_parts else (images[0],)
            if with_parts:
                return read_pair(records[index], *self.size)
            return (read_image(records[index].image, *self.size),)

        return prefetch(read, range(len(records)), _AHEAD * self._batch_of(_BATCH))

    def similarity(self, query: npt.ArrayLike | Tensor, gallery: npt.ArrayLike | Tensor) -> NDArray[np.float32]:
        """Return the cosine similarity of each query to each gallery image.

        Args:
            query: Features (Q, D).
            gallery: Features (G, D).

        Returns:
            float32 (Q, G) in -1..1; 0 where either is a row of zeros, in which nothing was found.

        Raises:
            BadValueError: They are not two matrices of one width.
        """
        one, other = (torch.as_tensor(features).float() for features in (query, gallery))
        if one.ndim != 2 or other.ndim != 2 or one.shape[1] != other.shape[1]:
            raise BadValueError(
                f"the features have shapes {tuple(one.shape)} and {tuple(other.shape)}, expected (Q, D) and (G, D)"
            )
        normalize = torch.nn.functional.normalize
        similarity: NDArray[np.float32] = (normalize(one) @ normalize(other).T).clamp(-1, 1).cpu().numpy()
        return similarity

    def same_person(self, one: ImageSource, other: ImageSource, fmr: float = 0.01) -> Decision:
        """Return whether two images show one person, at a false-match rate.

        Args:
            one: An image.
            other: Another.
            fmr: The share of pairs of different people that may count as one person, as far as it was measured.

        Returns:
            The decision, true for one person, with the similarity. Where nothing was found in an image it is false.

        Raises:
            NotCalibratedError: The model has no calibration.
            BadValueError: The false-match rate is none of the calibration's.
            ImageError: An image is broken or no image.
        """
        threshold = self.threshold(fmr)
        features = self.embed([one, other], progress=False)
        similarity = float(self.similarity(features[:1], features[1:])[0, 0])
        same = similarity >= threshold and bool(features.any(axis=1).all())
        return Decision(similarity, threshold, fmr, same)

    def threshold(self, fmr: float = 0.01) -> float:
        """Return the similarity from which two images count as one person at a false-match rate.

        Raises:
            NotCalibratedError: The model has no calibration.
            BadValueError: The false-match rate is none of the calibration's.
        """
        if self.calibration is None:
            raise NotCalibratedError(
                f"the model {self.name} is not calibrated, so that no threshold is "
                "known: `ccreid ship RUN OUT.safetensors --calibrate DATA` makes a file of it that is"
            )
        return self.calibration.at(fmr).similarity.value

    def _batch_of(self, batch_size: int) -> int:
        # Images of a size of their own do not stack.
        return 1 if self.network.reads_own_size else batch_size

    def _with_parts(
        self, images: Iterable[ImageSource], parts: PartsSource | Iterable[PartsSource] | None
    ) -> Iterator[tuple[ImageSource, PartsSource]]:
        """Yield each image with its part map."""
        system = self.recipe.model.system
        if parts is None:
            raise PartMapError(f"{system} reads part maps beside the images: give one each as `parts`")
        maps = [parts] if isinstance(parts, str | Path | np.ndarray) else parts
        for index, (image, part_map) in enumerate(itertools.zip_longest(images, maps)):
            if image is None or part_map is None:
                fewer = "images" if image is None else "part maps"
                raise PartMapError(f"there are only {index} {fewer}, expected one part map for each image")
            yield image, part_map

    def _read(self, numbered: tuple[int, tuple[ImageSource, PartsSource | None]]) -> tuple[Tensor, ...]:
        """Return what the network takes of an image: uint8 (3, H, W) and, if it reads them, parts (H, W)."""
        index, (image, parts) = numbered
        if self.network.reads_own_size:
            return (own_size_tensor(image, index),)
        pixels = source_tensor(image, *self.size, index)
        if parts is None:
            return (pixels,)
        name = parts if isinstance(parts, str | Path) else f"part map {index}"
        values = read_parts(Path(parts)) if isinstance(parts, str | Path) else parts
        check_parts(Path(name), values)
        return pixels, resize_parts(values, *self.size)


def _batches(inputs: Iterator[tuple[Tensor, ...]], size: int) -> Iterator[list[Tensor]]:
    """Yield what belongs to up to `size` images, stacked."""
    while batch := list(itertools.islice(inputs, size)):
        yield [torch.stack(one) for one in zip(*batch, strict=True)]
