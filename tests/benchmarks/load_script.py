"""Imports a benchmark, which is a script, by its file."""

import importlib.util
import sys
from pathlib import Path
from typing import Any


def load_script(name: str) -> Any:
    """Return a script of benchmarks/ as a module; the scripts that it imports are loaded before it.

    The scripts' folder cannot be on the path: its evaluation.py would hide the tests' folder of that name.
    """
    path = Path(__file__).parents[2] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]
