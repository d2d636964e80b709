import sys
from pathlib import Path

# The benchmarks are scripts, and find each other because Python looks beside the script that it runs.
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
