"""The JSON API: one function for each thing that can be asked."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, File, Form, Query, Response, UploadFile

from ccreid import __version__
from ccreid.app.serve.answers import (
    Colour,
    Compared,
    Failed,
    Found,
    Health,
    Listed,
    Listing,
    Overlays,
    Redressed,
    Searched,
    data_uri,
    is_same,
    jpeg,
)
from ccreid.app.serve.finder import SHOWN, Asked, Finder, Kind
from ccreid.app.serve.overlays import LEGEND
from ccreid.app.serve.photo import MOST_BYTES, Photo, checked_photo
from ccreid.retrieval.entry import Hit
from ccreid.retrieval.filters import Filters, filters_of

MOST_FOUND: Final = 100
"""Entries that a request may ask for."""

MOST_OVERLAYS: Final = 24
"""Entries whose photos are drawn at once."""

_Photo = Annotated[UploadFile | None, File(description=f"A photo, at most {MOST_BYTES // 2**20} MB")]
_Id = Annotated[str | None, Form(description="In place of a photo: an entry of the gallery")]
_OtherClothes = Annotated[
    bool,
    Form(description="What is worn does not count, of a model that keeps clothes apart; similarities are lower then"),
]
_Top = Annotated[int, Form(description="How many entries", ge=1, le=MOST_FOUND)]


def _sent(upload: UploadFile | None) -> Photo | None:
    if upload is None or (not upload.filename and not upload.size):
        return None
    return checked_photo(upload.filename or "", upload.file.read(MOST_BYTES + 1))


def _who(photo: _Photo = None, id: _Id = None) -> tuple[Photo | None, str | None]:
    return _sent(photo), id or None


def _filters(
    camera: Annotated[list[str] | None, Form(description="Of these cameras alone", max_length=100)] = None,
    since: Annotated[
        str | None, Form(description="Taken then or later, such as 2026-05-01 or 2026-05-01T18:30")
    ] = None,
    until: Annotated[str | None, Form(description="Taken then or before; entries of unknown time do not pass")] = None,
) -> Filters:
    return filters_of(tuple(filter(None, camera or ())), since or None, until or None)


_Who = Annotated[tuple[Photo | None, str | None], Depends(_who)]
_Filters = Annotated[Filters, Depends(_filters)]

_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Failed, "description": "Something that was sent cannot be used"},
    404: {"model": Failed, "description": "There is no such entry, or no gallery yet"},
    413: {"model": Failed, "description": "The photo has too many bytes or pixels"},
}

_JPEG: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"image/jpeg": {}}, "description": "A JPEG"},
    404: {"model": Failed, "description": "There is no such entry, or its file is gone"},
}


def api_routes(finder: Finder) -> APIRouter:
    """Return the API of a gallery."""
    router = APIRouter(prefix="/api")

    @router.get("/health", summary="Whether it runs, and with what")
    def health() -> Health:
        return Health(
            version=__version__,
            gallery=finder.gallery,
            entries=finder.count(),
            model=finder.model_name,
            keeps_clothes_apart=finder.keeps_clothes_apart,
            same_person_from=finder.same_from(),
        )

    @router.get("/people", summary="Who is in the gallery")
    def people(
        name: Annotated[str, Query(description="Part of the name", max_length=200)] = "",
        camera: Annotated[list[str] | None, Query(description="Seen by these cameras", max_length=100)] = None,
        offset: Annotated[int, Query(description="How many to pass over", ge=0)] = 0,
        limit: Annotated[int, Query(description="How many", ge=1, le=MOST_FOUND)] = 24,
    ) -> Listing:
        there = finder.people(tuple(filter(None, camera or ())))
        wanted = [person for person in there.people if name.casefold() in person.identity.casefold()]
        return Listing(
            entries=finder.count(),
            looked_at=there.looked_at,
            total=len(wanted),
            cameras=there.cameras,
            people=[Listed.of(person) for person in wanted[offset : offset + limit]],
        )

    @router.get("/photo/{id}", summary="An entry's photo, made small", response_class=Response, responses=_JPEG)
    def photo(id: str) -> Response:
        return Response(jpeg(finder.photo(id).pixels(SHOWN)), media_type="image/jpeg")

    @router.post("/search", summary="Where else a person is, whatever they wore", responses=_ERRORS)
    def search(who: _Who, filters: _Filters, top: _Top = 12, other_clothes: _OtherClothes = False) -> Searched:
        asked = finder.asked(*who, other_clothes)
        return _searched(finder, asked, finder.search(asked, top, filters))

    @router.post("/other-clothes", summary="The same in clothes of others of the gallery", responses=_ERRORS)
    def redressed(
        who: _Who,
        filters: _Filters,
        top: _Top = 12,
        other_clothes: _OtherClothes = False,
        seed: Annotated[int, Form(description="Decides whose clothes they are", ge=0)] = 0,
    ) -> Redressed:
        asked = finder.asked(*who, other_clothes)
        redressed = finder.in_other_clothes(asked, top, filters, seed)
        searched = _searched(finder, asked, redressed.found)
        return Redressed(**dict(searched), picture=data_uri(redressed.photo))

    @router.post("/overlays", summary="What the model looks at, or the six parts, over photos", responses=_ERRORS)
    def overlays(
        who: _Who,
        kind: Annotated[Kind, Form(description="What lies over them")],
        other_clothes: _OtherClothes = False,
        found: Annotated[
            list[str] | None, Form(description="Ids of entries that were found for it", max_length=MOST_OVERLAYS)
        ] = None,
    ) -> Overlays:
        first, *others = finder.overlays(finder.asked(*who, other_clothes), found or [], kind)
        assert first is not None
        return Overlays(
            photo=data_uri(first),
            found=[None if picture is None else data_uri(picture) for picture in others],
            legend=[Colour(name=name, colour=colour) for name, colour in LEGEND[kind]],
        )

    @router.post("/compare", summary="How alike two photos are", responses=_ERRORS)
    def compare(who: _Who, other_photo: _Photo = None, other_id: _Id = None) -> Compared:
        similarity = finder.similarity(finder.asked(*who), finder.asked(_sent(other_photo), other_id or None))
        same_from = finder.same_from()
        return Compared(
            similarity=round(similarity, 6), same=is_same(similarity, same_from), same_person_from=same_from
        )

    return router


def _searched(finder: Finder, asked: Asked, hits: list[Hit]) -> Searched:
    same_from = finder.same_from(asked.other_clothes)
    return Searched(
        entries=finder.count(),
        same_person_from=same_from,
        found=[Found.of(hit, rank, same_from) for rank, hit in enumerate(hits, start=1)],
    )
