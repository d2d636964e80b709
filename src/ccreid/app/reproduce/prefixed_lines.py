"""A stream that says of each line who writes it, for processes that share a terminal."""

import io
from typing import TextIO


class PrefixedLines(io.TextIOBase):
    """Passes on whole lines, each with a prefix and in one piece, so that lines of several processes do not mix.

    Args:
        stream: Where the lines go.
        prefix: Before each.
    """

    def __init__(self, stream: TextIO, prefix: str) -> None:
        super().__init__()
        self._stream = stream
        self._prefix = prefix
        self._begun = ""

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Take text, and pass on the lines that are whole by now."""
        *lines, self._begun = (self._begun + text).split("\n")
        if lines:
            self._stream.write("".join(f"{self._prefix}{line}\n" for line in lines))
            self._stream.flush()
        return len(text)

    def close(self) -> None:
        """Pass on a last line that has no end; the stream stays open."""
        if self._begun:
            self.write("\n")
        super().close()
