"""`ccreid export PARSER OUT.onnx`: our own human parser as a network in ONNX."""

from pathlib import Path

from ccreid.app.arguments import CommandParser, Run

EXAMPLES = (
    "ccreid export lite lite.onnx",
    "ccreid export runs/parser/seed0/parser.safetensors parser.onnx",
)


def configure(parser: CommandParser) -> Run:
    """Give the command's arguments; return what it does."""
    return parser.add_function(export, EXAMPLES)


def export(parser: str, out: Path) -> int:
    """Write a human parser as a network in ONNX, and beside it the merge file that says how it is fed.

    Args:
        parser: lite for the parser that ships with ccreid, or a parser.safetensors of `ccreid train parser`.
        out: The file to write, OUT.onnx; OUT.yaml goes beside it, for `ccreid parse --parser onnx:OUT.onnx`.
    """
    from ccreid.parsing.onnx.export import export_parser

    merge = export_parser(None if parser == "lite" else Path(parser), out)
    print(f"wrote {out} and {merge}; try ccreid parse IMAGES PARTS --parser onnx:{out}")
    return 0
