import subprocess
import sys
from pathlib import Path

import pytest

from ccreid.parsing.known_parsers import PARSERS, build_parser
from ccreid.parsing.labels import SIX_PARTS


def test_a_name_that_is_not_known_is_answered_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="there is no parser 'schp-art': did you mean 'schp-atr'"):
        build_parser("schp-art")


@pytest.mark.parametrize("name", ["schp-atr", "schp-lip", "schp-pascal", "segformer"])
def test_a_parser_without_its_weights_says_which(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} needs its weights: .*--weights"):
        build_parser(name)


def test_mask6_takes_no_weights() -> None:
    with pytest.raises(ValueError, match=r"mask6 .* takes no weights, and was given a\.pth"):
        build_parser("mask6", Path("a.pth"))


def test_mask6_has_the_six_parts_as_its_labels() -> None:
    parser = build_parser("mask6")
    assert parser.name == "mask6"
    assert parser.labels == SIX_PARTS


def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="device 'cuda:77' cannot be used"):
        build_parser("lite", device="cuda:77")


def test_every_published_parser_says_its_licence() -> None:
    assert all("MIT" in PARSERS[name] for name in ("schp-atr", "schp-lip", "schp-pascal", "lite"))
    assert "non-commercial" in PARSERS["segformer"]


@pytest.mark.slow
def test_naming_the_parsers_imports_no_torch() -> None:
    code = "import sys, ccreid.parsing.known_parsers, ccreid.parsing.tree.parse; "
    code += "sys.exit(not {'torch', 'ray'}.isdisjoint(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
