"""What is raised when a tree cannot be parsed."""


class ParseError(ValueError):
    """A folder tree cannot be parsed; the message names the file or setting and what to do."""
