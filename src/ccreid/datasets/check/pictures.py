"""Faults of single images: broken, blank, tiny, sideways or turned; and of their part maps."""

from collections.abc import Sequence
from typing import Final

from ccreid.datasets.check.finding import Finding, Gravity, Item, counted
from ccreid.datasets.check.look import Look

# An eighth of the height and width that recipes resize to: a person of fewer pixels is a handful of blocks of JPEG.
_LEAST_HEIGHT: Final = 32
_LEAST_WIDTH: Final = 16


def picture_findings(looks: Sequence[Look]) -> list[Finding]:
    """Return what is wrong with images as they are."""
    broken = [Item([look.record.image], look.fault) for look in looks if look.fault]
    whole = [look for look in looks if not look.fault]
    blank = [look for look in whole if look.blank]
    tiny = [look for look in whole if look.height < _LEAST_HEIGHT or look.width < _LEAST_WIDTH]
    sideways = [look for look in whole if look.width > look.height]
    turned = [look for look in whole if look.turned]
    found = [
        Finding(
            "broken",
            Gravity.STOPS,
            f"{counted(len(broken), 'image')} cannot be read",
            "copy them again, or remove them",
            broken,
        ),
        Finding(
            "blank",
            Gravity.DOUBTFUL,
            f"{counted(len(blank), 'image')} of one colour throughout",
            "remove them: nobody is on them",
            _sized(blank),
        ),
        Finding(
            "tiny",
            Gravity.DOUBTFUL,
            f"{counted(len(tiny), 'image')} of less than {_LEAST_HEIGHT} pixels in height or {_LEAST_WIDTH} in width",
            "remove them, or crop larger originals: they are enlarged eightfold and more",
            _sized(tiny),
        ),
        Finding(
            "sideways",
            Gravity.DOUBTFUL,
            f"{counted(len(sideways), 'image')} wider than tall",
            "turn those that lie on their side, and crop the others to one upright person: all are squeezed into an "
            "upright frame",
            _sized(sideways),
        ),
        Finding(
            "turned",
            Gravity.TO_KNOW,
            f"{counted(len(turned), 'image')} turned upright as the EXIF orientation says",
            "nothing, unless the page shows them on their side",
            _sized(turned),
        ),
    ]
    return [one for one in found if one.items]


def parts_findings(looks: Sequence[Look], training: Sequence[bool]) -> list[Finding]:
    """Return what is wrong with part maps, of images that are whole.

    Args:
        looks: At all images, whose part maps are known where there are any.
        training: Of each, whether it is a training image, which alone need part maps.
    """
    wrong = [Item([look.record.parts], look.parts_fault) for look in looks if look.parts_fault and look.record.parts]
    learned = [look.record for look, one in zip(looks, training, strict=True) if one]
    without = [record for record in learned if record.parts is None]
    found = []
    if wrong:
        found.append(
            Finding(
                "part maps",
                Gravity.STOPS,
                f"{counted(len(wrong), 'part map')} of another size than the image, with other values than the six "
                "parts, or broken",
                "remove them, and make them again with `ccreid parse`",
                wrong,
            )
        )
    if learned and len(without) == len(learned):
        advice = "nothing, for recipes without pixel sampling; for those with it, make them with `ccreid parse`"
        found.append(Finding("no part maps", Gravity.TO_KNOW, "no training image has a part map", advice))
    elif without:
        what = f"{counted(len(without), 'training image')} of {len(learned):,} without a part map"
        advice = "make them with `ccreid parse`: recipes with pixel sampling leave these images out"
        items = [Item([record.image]) for record in without]
        found.append(Finding("without part map", Gravity.DOUBTFUL, what, advice, items))
    return found


def _sized(looks: Sequence[Look]) -> list[Item]:
    return [Item([look.record.image], f"{look.width} wide, {look.height} tall") for look in looks]
