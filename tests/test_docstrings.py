"""What the docstrings of the package promise: every argument is explained, and every example runs."""

import ast
import doctest
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from extras import needs

import ccreid

SOURCE = Path(ccreid.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))

# Methods of other packages' classes that ours override, whose arguments those explain: of Lightning and jsonargparse.
HOOKS = {
    *("training_step", "on_train_start", "on_train_epoch_start", "on_train_batch_end", "on_train_epoch_end"),
    *("optimizer_step", "on_train_end", "parse_args"),
}

# Stages whose packages an extra brings: their modules are not imported without it.
EXTRAS = {"training": "train", "wardrobe": "render"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.mark.slow
def test_every_parameter_of_a_public_function_is_explained() -> None:
    """Of functions and methods that take two or more; private names, dunder methods and HOOKS are exempt.

    So is a method that overrides one of the package's own: what it overrides explains it.
    """
    trees = {path: ast.parse(path.read_text()) for path in FILES}
    classes = {node.name: node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    missing = [
        f"{path.relative_to(SOURCE)}:{function.lineno} {function.name}: {', '.join(unexplained)}"
        for path, tree in trees.items()
        for owner, function in _public_functions(tree)
        if (unexplained := _unexplained(function)) and not (owner and _overrides(owner, function.name, classes))
    ]
    assert not missing, "\n".join(["name these parameters under Args:", *missing])


def test_a_parameter_that_is_not_explained_is_found() -> None:
    explained = "def f(a, *, b, **others):\n    '''Do.\n\n    Args:\n        a: One.\n        b: Two.\n    '''"
    assert [_unexplained(function) for _, function in _public_functions(ast.parse(explained))] == [["others"]]
    assert [_unexplained(function) for _, function in _public_functions(ast.parse("def f(a, b): 'Do.'"))] == [
        ["a", "b"]
    ]


def _modules_with_examples() -> list[str]:
    with_examples = [path for path in FILES if ">>>" in path.read_text()]
    return [".".join(["ccreid", *path.relative_to(SOURCE).with_suffix("").parts]) for path in with_examples]


@pytest.mark.slow
@pytest.mark.parametrize("name", _modules_with_examples())
def test_the_examples_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In an empty folder, with the names of its module and with the seed of torch fixed."""
    stage = name.split(".")[1]
    if stage in EXTRAS:
        needs(EXTRAS[stage])
    module = importlib.import_module(name)
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    failed, tried = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert tried
    assert not failed, capsys.readouterr().out


def test_no_example_is_skipped() -> None:
    assert not [path for path in FILES if re.search(r"doctest: *\+SKIP", path.read_text())]


def _public_functions(tree: ast.Module) -> Iterator[tuple[ast.ClassDef | None, Function]]:
    """Yield each function and method that a caller can name, with the class that it is a method of."""
    for node in tree.body:
        if isinstance(node, Function):
            yield None, node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from ((node, method) for method in node.body if isinstance(method, Function))


def _unexplained(function: Function) -> list[str]:
    """Return the parameters of a public function of two or more that its Args section does not name."""
    parameters = _parameters(function)
    if function.name.startswith("_") or function.name in HOOKS or len(parameters) < 2:
        return []
    section = re.search(r"^Args:\n((?:\s+.*\n?)*)", ast.get_docstring(function) or "", re.MULTILINE)
    explained = re.findall(r"^ {4}\*{0,2}(\w+):", section[1], re.MULTILINE) if section else []
    return [name for name in parameters if name not in explained]


def _parameters(function: Function) -> list[str]:
    given = function.args
    ordered = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
    return [each.arg for each in ordered if each is not None and each.arg not in {"self", "cls"}]


def _overrides(owner: ast.ClassDef, method: str, classes: dict[str, ast.ClassDef]) -> bool:
    """Tell whether a class above the owner has the method and explains it."""
    above = [classes[name] for base in owner.bases if (name := _last_name(base)) in classes]
    return any(_explains(each, method) or _overrides(each, method, classes) for each in above)


def _explains(owner: ast.ClassDef, method: str) -> bool:
    methods = [node for node in owner.body if isinstance(node, Function) and node.name == method]
    return bool(methods) and not _unexplained(methods[0])


def _last_name(base: ast.expr) -> str:
    return ast.unparse(base).split("[")[0].split(".")[-1]
