"""The images that a parser is trained on and scored by, and the batches of a run."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord, spread_evenly
from ccreid.datasets.reid_dataset import Batch
from ccreid.errors import MissingFileError, nearest
from ccreid.parsing.label_maps.photos import LabelledPhotos
from ccreid.parsing.parser import Parser
from ccreid.parsing.parser_scores import ParserScores, scorable_images, score_on_photos, score_parser
from ccreid.training.lightning import LightningDataModule, first_epoch
from ccreid.training.parser.people import Draws, LearnedPeople
from ccreid.training.parser_recipe import ParserRecipe
from ccreid.training.recipe_file import recipe_folder


@dataclass(frozen=True)
class ParserSources:
    """Rendered people and photos, one of which may be missing.

    Attributes:
        rendered: People with exact part maps.
        tested: Images of other rendered people, to score by.
        photos: Photos with label maps, some of them held out to score by.
    """

    rendered: PRCC | None
    tested: list[ImageRecord]
    photos: LabelledPhotos | None

    @classmethod
    def open(cls, recipe: ParserRecipe) -> "ParserSources":
        """Open what a recipe names.

        Raises:
            ValueError: A data set cannot be read, or the rendered test images have no part maps.
        """
        settings = recipe.data
        rendered = None if settings.root is None else PRCC(settings.root, parts="required")
        tested = [] if rendered is None else scorable_images(rendered)
        photos = None
        if settings.photos is not None:
            photos = LabelledPhotos(settings.photos, merge_file(settings.merge), settings.held_out)
        return cls(rendered, tested, photos)

    @property
    def scored(self) -> int:
        """Number of the images that a parser is scored by."""
        return len(self.tested) + (0 if self.photos is None else len(self.photos.held_out))

    def few(self, count: int) -> "ParserSources":
        """Return the same with no more than so many images of each kind to score by."""
        photos = copy.copy(self.photos)
        if photos is not None:
            photos.held_out = spread_evenly(photos.held_out, count)
        return ParserSources(self.rendered, spread_evenly(self.tested, count), photos)

    def score(self, parser: Parser) -> dict[str, ParserScores]:
        """Score a parser on what it has not seen: "rendered" people, "photos", or both."""
        scores = {}
        if self.photos is not None:
            scores["photos"] = score_on_photos(parser, self.photos)
        if self.tested:
            scores["rendered"] = score_parser(parser, self.tested)
        return scores

    def tested_on(self, scores: Mapping[str, ParserScores]) -> str:
        """Say what scores are of, for people.

        Args:
            scores: What `score` returned.
        """
        said = {
            "photos": lambda of: f"{of.images} photos",
            "rendered": lambda of: f"{of.images} rendered images of {of.identities} people",
        }
        return " and ".join(said[name](of) for name, of in scores.items()) + " that were not trained on"

    def trained_on(self) -> str:
        """Say what a parser is trained on, for people."""
        said = []
        if self.photos is not None:
            said.append(f"{len(self.photos.train)} photos of {self.photos.root}")
        if self.rendered is not None:
            said.append(f"{len(self.rendered.train)} rendered images of {len(self.rendered.train_labels)} people")
        return " and ".join(said)


def merge_file(name: str) -> Path:
    """Return a merge file by its name or path.

    Args:
        name: Of a file in recipes/merges without its ending, or a path.

    Raises:
        MissingFileError: There is none.
    """
    shipped = {path.stem: path for path in (recipe_folder() / "merges").glob("*.yaml")}
    if name in shipped:
        return shipped[name]
    if not Path(name).is_file():
        raise MissingFileError(f"there is no merge {name!r}: {nearest(name, shipped)}, or give a YAML file's path")
    return Path(name)


class ParserData(LightningDataModule):
    """Hands each process its share of the draws, which seed and epoch decide.

    Args:
        people: Who is drawn.
        recipe: How to train.
    """

    def __init__(self, people: LearnedPeople, recipe: ParserRecipe) -> None:
        super().__init__()
        self._people = people
        self._recipe = recipe

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return this process's loader."""
        assert self.trainer is not None  # Lightning asks for the loader after it has attached itself
        settings, processes = self._recipe.data, self.trainer.world_size
        draws = Draws(settings.images, self.trainer.global_rank, processes)
        draws.set_epoch(first_epoch(self.trainer))
        return DataLoader(
            self._people,
            batch_size=max(1, settings.batch // processes),
            # Lightning tells the sampler each epoch, so that a resumed run goes on with the draws it would have had.
            sampler=draws,
            num_workers=settings.workers,
            persistent_workers=settings.workers > 0,
            pin_memory=self._recipe.trainer.accelerator != "cpu" and torch.cuda.is_available(),
            drop_last=True,
        )
