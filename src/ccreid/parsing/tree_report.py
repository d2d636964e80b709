"""What was done to a folder tree of images."""

from dataclasses import dataclass
from pathlib import Path

from ccreid.datasets.record import Skipped


@dataclass(frozen=True)
class TreeWords:
    """How a report speaks of the work.

    Attributes:
        done: What was done, such as "parsed".
        counted: What is counted, such as "images".
        product: What an image gets, such as "a part map".
    """

    done: str
    counted: str
    product: str


@dataclass(frozen=True)
class TreeReport:
    """What a call did; as text, one line.

    Attributes:
        words: How the line speaks of the work.
        out: Root of the files that were written.
        written: Images of which something was written. What a Ray worker wrote before it was lost counts as skipped.
        skipped: Images of which all was there.
        broken: Images that could not be read and have nothing written, and why.
        seconds: Time that it took.
    """

    words: TreeWords
    out: Path
    written: int
    skipped: int
    broken: tuple[Skipped, ...]
    seconds: float

    def __str__(self) -> str:
        done, counted = self.words.done, self.words.counted
        if self.written:
            rate = self.written / max(self.seconds, 1e-9)
            kept = f", kept {self.skipped}" if self.skipped else ""
            line = f"{done} {self.written} {counted}{kept} into {self.out} in {self.seconds:.0f} s, {rate:.1f} images/s"
        elif self.skipped:
            line = f"{self.out} is complete already: {self.skipped} {counted}"
        else:
            line = f"nothing was written to {self.out}"
        return line + (f"; {len(self.broken)} broken, without {self.words.product}" if self.broken else "")
