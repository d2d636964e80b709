from pathlib import Path

import pytest

from ccreid.yaml_files import YamlError, read_yaml


def test_plain_values_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: [1, 2.5, x]\nb: {c: true, d: null}\n")
    assert read_yaml(tmp_path / "a.yaml") == {"a": [1, 2.5, "x"], "b": {"c": True, "d": None}}


@pytest.mark.answers("bad data", "YAML that is damaged, or that its reader stumbles over")
@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "a: 2020-99-99",
        "a: !!int ''",
        "a: !!float ''",
        "a: !!bool x",
        "a: !!timestamp x",
        "a: 0x_",
        "? [1]\n: 2",
        "a: \0",
        "[" * 1200,
        f"a: {'9' * 6000}",
        "\xff",
    ],
)
def test_whatever_is_wrong_is_one_error_that_names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_bytes(text.encode("latin-1"))
    with pytest.raises(YamlError, match=r"a\.yaml is not a YAML file"):
        read_yaml(tmp_path / "a.yaml")


@pytest.mark.answers("security", "YAML that asks for an object or a function")
@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system [exit]", "!!python/name:os.system", "!local x"])
def test_nothing_is_built_but_plain_values(tmp_path: Path, tag: str) -> None:
    (tmp_path / "a.yaml").write_text(f"a: {tag}")
    with pytest.raises(YamlError, match="could not determine a constructor"):
        read_yaml(tmp_path / "a.yaml")


@pytest.mark.answers("security", "YAML of a few lines that names through aliases more than memory holds")
def test_an_alias_is_refused(tmp_path: Path) -> None:
    lines = [
        "a0: &a0 [x, x]",
        *(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 30)),
    ]
    (tmp_path / "a.yaml").write_text("\n".join(lines))
    with pytest.raises(YamlError, match=r"found the alias \*a0, expected the value itself"):
        read_yaml(tmp_path / "a.yaml")
