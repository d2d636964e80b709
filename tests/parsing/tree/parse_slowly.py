"""Run as a program: parses IMAGES into OUT slowly, to be killed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from parsing.fake_parsers import slow_parser

from ccreid.parsing.tree.parse import parse_tree

if __name__ == "__main__":
    images, out = map(Path, sys.argv[1:])
    parse_tree(images, out, slow_parser(0.1), batch=4, keep_labels=True, overlay=True)
