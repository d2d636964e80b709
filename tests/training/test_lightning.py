import subprocess
import sys

import pytest
from extras import needs

_WITHOUT = """
import sys
sys.modules["pytorch_lightning"] = sys.modules["lightning_fabric"] = None  # as where they are not installed
import ccreid.training.recipe_check, ccreid.training.recipe_file, ccreid.training.run_folder, ccreid.training.schedule
from ccreid.training.pk_sampler import PKSampler
assert [sorted(batch) for batch in PKSampler([0, 0, 1, 1], 2, 2)] == [[0, 1, 2, 3]]
from ccreid.errors import MissingExtraError
try:
    import ccreid.training.run
except MissingExtraError as error:
    print(error)
"""


@pytest.mark.slow
def test_only_training_needs_lightning_and_says_what_to_install() -> None:
    needs("train")  # the one package beside Lightning is looked for first
    done = subprocess.run([sys.executable, "-c", _WITHOUT], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == "training needs pytorch_lightning, which is missing: pip install 'ccreid[train]'\n"
