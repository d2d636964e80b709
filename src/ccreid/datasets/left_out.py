"""Says on stderr which files a command leaves out: the one place where that is printed."""

import sys
from pathlib import Path
from typing import TypeVar

from ccreid.datasets.image_tree import passed_over
from ccreid.datasets.people_data_set import PeopleDataSet

OneDataSet = TypeVar("OneDataSet", bound=PeopleDataSet)


def say_left_out(data: OneDataSet) -> OneDataSet:
    """Print how many files a data set leaves out and why, if any, in one line; return the data set.

    Every command that opens one says so as it starts, so that nothing is left out in silence.
    """
    if data.left_out():
        print(data.left_out(), file=sys.stderr)
    return data


def say_passed_over(root: Path, suffixes: tuple[str, ...], kind: str = "images") -> None:
    """Print how many files of a folder tree are none of those that are worked on, if any, in one line.

    Args:
        root: The folder; where there is none, nothing is printed.
        suffixes: Endings of the files that are worked on, in lower case.
        kind: What those files are, in the plural.
    """
    endings = passed_over(root, suffixes) if root.is_dir() else {}
    if not endings:
        return
    count = sum(endings.values())
    each = ", ".join(f"{number} {ending}" for ending, number in endings.items())
    print(f"passed over {count} files of {root} that are no {kind}: {each}", file=sys.stderr)
