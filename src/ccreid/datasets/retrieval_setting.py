"""One setting that a data set is evaluated in: who is looked for among whom, and which matches do not count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final, Literal

from ccreid.datasets.record import DataSetError, ImageRecord
from ccreid.datasets.tracks import Item, Unit, by_track, unit_of

SettingName = Literal["cross", "same", "standard"]
View = Literal["camera", "sequence", "image"]
Clothes = Literal["any", "other", "same"]

CLOTHES_WORDS: Final[Mapping[Clothes, str]] = {"any": "", "other": "in other clothes", "same": "in the same clothes"}
"""What a match wears, as errors say it."""


@dataclass(frozen=True)
class RetrievalSetting:
    """Queries, gallery, and the gallery images of a query's own identity that are dropped, as the field does.

    Where all images say which track they are of, tracks are looked for among tracks, in place of images among images.

    Attributes:
        name: `cross` for queries in other clothes than the gallery's, `same` for queries in the same clothes, and
            `standard` where clothes are not looked at.
        query: Images that are looked for.
        gallery: Images that are searched; may hold the queries themselves.
        view: What a match may not share with its query: the camera, the sequence, which is less, or no more than
            being the same file, or the same track.
        clothes: What a match wears: `any` outfit, `other` than its query's, or the `same` one. Gallery images of the
            query's identity in what it does not wear are dropped (the filters of LTCC).
        single_shot: Whether the literature also reports galleries of one random image an identity (PRCC alone).

    Raises:
        DataSetError: Queries or gallery are empty, or an image lacks the outfit or sequence that the filters compare.
    """

    name: SettingName
    query: Sequence[ImageRecord]
    gallery: Sequence[ImageRecord]
    view: View = "camera"
    clothes: Clothes = "any"
    single_shot: bool = False

    def __post_init__(self) -> None:
        for side, records in (("queries", self.query), ("gallery images", self.gallery)):
            if not records:
                raise DataSetError(f"the setting {self.name!r} has no {side}: check that the data set is complete")
            for record in records:
                if self.clothes != "any" and record.clothes is None:
                    raise DataSetError(f"the setting {self.name!r} compares outfits, and {record.image} has none")
                if self.view == "sequence" and record.sequence is None:
                    raise DataSetError(f"the setting {self.name!r} compares sequences, and {record.image} has none")

    @cached_property
    def unit(self) -> Unit:
        """What a query and an item of the gallery is."""
        return unit_of([*self.query, *self.gallery])

    @property
    def dropped(self) -> str:
        """Which matches do not count, in words, such as "matches of the query's camera are dropped"."""
        drops, known = [], ""
        if self.view == "image":
            known = "no cameras are known: "
            drops += [f"the query's own {self.unit[:-1]}"] if self._searches_queries() else []
        else:
            drops.append(f"matches of the query's {self.view}")
        if self.clothes != "any":
            drops.append("matches in the query's outfit" if self.clothes == "other" else "matches in other outfits")
        only = "only " if known and len(drops) == 1 else ""
        verb = "is" if self.view == "image" and self.clothes == "any" else "are"
        return f"{known}{only}{' and '.join(drops) or 'no match'} {verb} dropped"

    def items(self, side: Sequence[ImageRecord]) -> list[Item]:
        """Return the images of each query, or of each item of the gallery: of a track, or a single one.

        Args:
            side: The setting's query or gallery.

        Raises:
            DataSetError: A track is of two people, cameras or outfits.
        """
        return by_track(side) if self.unit == "tracks" else [(record,) for record in side]

    def view_of(self, record: ImageRecord) -> str:
        """Return what a match of this image may not share with it, as text."""
        if self.view == "image":
            return str(record.track if self.unit == "tracks" else record.image)
        return record.camera if self.view == "camera" else str(record.sequence)

    def has_match(self) -> bool:
        """Whether any query finds an item of its identity in the gallery that is not dropped."""
        return len(self.unmatched()) < len(self.query)

    def unmatched(self) -> list[ImageRecord]:
        """Return the images of the queries that find none of their identity in the gallery but what is dropped."""
        of_identity: dict[int, set[tuple[str, int | str | None]]] = {}
        for record in self.gallery:
            of_identity.setdefault(record.identity, set()).add(self._compared(record))

        @cache
        def matched(identity: int, view: str, clothes: int | str | None) -> bool:
            return any(
                view != other_view and (self.clothes == "any" or (clothes == other) == (self.clothes == "same"))
                for other_view, other in of_identity.get(identity, ())
            )

        return [record for record in self.query if not matched(record.identity, *self._compared(record))]

    def _searches_queries(self) -> bool:
        searched = {self.view_of(record) for record in self.gallery}
        return any(self.view_of(record) in searched for record in self.query)

    def _compared(self, record: ImageRecord) -> tuple[str, int | str | None]:
        return self.view_of(record), record.clothes
