import sys
from pathlib import Path

# Test files import the makers of their fixtures, such as `datasets.make_prcc`.
sys.path.insert(0, str(Path(__file__).parent))
