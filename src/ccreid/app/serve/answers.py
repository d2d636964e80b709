"""What the API answers, as its OpenAPI description has it."""

import base64
import io
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, Field

from ccreid.app.check.names import writable
from ccreid.app.serve.finder import Person
from ccreid.retrieval.entry import Entry, Hit


class Failed(BaseModel):
    """Why a request was not answered."""

    error: str = Field(description="One sentence: what is wrong and what to do")


class Health(BaseModel):
    """That it runs, and with what."""

    status: str = "ok"
    version: str = Field(description="Of ccreid")
    gallery: str = Field(description="The gallery's name")
    entries: int = Field(description="How many it has")
    model: str
    keeps_clothes_apart: bool = Field(description="Whether people can be looked for in `other_clothes`")
    same_person_from: float | None = Field(
        description="Similarity from which two photos show one person at a false-match rate of 1 %; null if unknown"
    )


class Found(BaseModel):
    """An entry of the gallery; what is not known of it is null."""

    id: str
    identity: str | None = Field(description="Who it is")
    clothes: str | None
    camera: str | None
    time: str | None
    track: str | None
    name: str = Field(description="Of the photo's file")
    photo: str = Field(description="Where its photo is served")
    rank: int
    similarity: float = Field(description="Cosine similarity, -1..1")
    same: bool | None = Field(description="Whether it counts as the same person; null if `same_person_from` is")

    @classmethod
    def of(cls, hit: Hit, rank: int, same_from: float | None) -> Self:
        """Return what is said of an entry that was found.

        Args:
            hit: The entry.
            rank: 1 for the most similar.
            same_from: See `Health.same_person_from`.
        """
        entry = hit.entry
        return cls(
            id=entry.id,
            identity=_known(entry.identity),
            clothes=_known(entry.clothes),
            camera=_known(entry.camera),
            time=_known(entry.time),
            track=_known(entry.track),
            name=writable(Path(entry.path).name),
            photo=photo_address(entry),
            rank=rank,
            similarity=round(hit.similarity, 6),
            same=is_same(hit.similarity, same_from),
        )


class Searched(BaseModel):
    """Who was found, the most similar first."""

    entries: int = Field(description="How many entries the gallery has")
    same_person_from: float | None = Field(
        description="As of health; another, or null, if `other_clothes` is asked for"
    )
    found: list[Found]


class Redressed(Searched):
    """Who was found for the photo in other clothes."""

    picture: str = Field(description="The photo in other clothes, as a data URI")


class Compared(BaseModel):
    """How alike two photos are."""

    similarity: float = Field(description="Cosine similarity, -1..1")
    same: bool | None = Field(description="Whether they count as one person; null if the model has no threshold")
    same_person_from: float | None


class Colour(BaseModel):
    """What a colour of an overlay means."""

    name: str
    colour: str


class Overlays(BaseModel):
    """Photos with an overlay, as data URIs; null where a photo is gone."""

    photo: str = Field(description="Of who was asked for")
    found: list[str | None] = Field(description="Of the entries, in their order")
    legend: list[Colour]


class Listed(BaseModel):
    """A person of the gallery."""

    id: str = Field(description="Of the entry that stands for the person; look for the person by it")
    identity: str | None
    photos: int = Field(description="How many entries are of the person")
    cameras: list[str]
    name: str = Field(description="Of the photo's file")
    photo: str = Field(description="Where the photo is served")

    @classmethod
    def of(cls, person: Person) -> Self:
        """Return what is said of a person."""
        return cls(
            id=person.entry.id,
            identity=_known(person.identity),
            photos=person.count,
            cameras=[writable(camera) for camera in sorted(person.cameras)],
            name=writable(Path(person.entry.path).name),
            photo=photo_address(person.entry),
        )


class Listing(BaseModel):
    """People of the gallery."""

    entries: int = Field(description="How many entries the gallery has")
    looked_at: int = Field(description="Of how many of them these people and cameras are")
    total: int = Field(description="How many people there are among them")
    cameras: list[str]
    people: list[Listed]


def data_uri(picture: Image.Image | NDArray[np.uint8]) -> str:
    """Return a picture as a JPEG in a data URI."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(picture)).decode()}"


def jpeg(picture: Image.Image | NDArray[np.uint8]) -> bytes:
    """Return a picture's JPEG, in which nothing but the pixels is said."""
    buffer = io.BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def photo_address(entry: Entry) -> str:
    """Return where an entry's photo is served."""
    return f"/api/photo/{entry.id}"


def is_same(similarity: float, same_from: float | None) -> bool | None:
    """Return whether a similarity is that of one person, None where nobody knows.

    Args:
        similarity: Of two photos.
        same_from: From which they count as one person.
    """
    return None if same_from is None else similarity >= same_from


def _known(text: str) -> str | None:
    return writable(text) or None
