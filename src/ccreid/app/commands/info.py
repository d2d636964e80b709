"""`ccreid info`: what a bug report needs."""

import importlib.util
import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version

from ccreid.app.arguments import CommandParser, Run


def configure(parser: CommandParser) -> Run:
    """Give the command's arguments; return what it does."""
    return parser.add_function(info, ["ccreid info"])


def info() -> int:
    """Show versions, devices, extras and folders, for a bug report."""
    import torch

    from ccreid.training.recipe_file import recipe_folder

    core, extras = _requirements()
    lines = {"python": f"{platform.python_version()} on {platform.platform()}"}
    lines |= {package: _version(package) or "missing" for package in ("ccreid", *core)}
    lines["cpu"] = f"{torch.get_num_threads()} threads"
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            memory = torch.cuda.get_device_properties(index).total_memory / 2**30
            lines[f"cuda:{index}"] = f"{torch.cuda.get_device_name(index)}, {memory:.0f} GiB"
    else:
        lines["cuda"] = "not available; everything runs on the CPU"
    for extra, packages in extras.items():
        found = ", ".join(f"{package} {_version(package)}" for package in packages if _version(package))
        missing = ", ".join(package for package in packages if not _version(package))
        advice = f"missing {missing}: pip install 'ccreid[{extra}]'" if missing else ""
        lines[f"[{extra}]"] = "; ".join(filter(None, (found, advice)))
    if importlib.util.find_spec("torchvision") is not None:
        lines["note"] = "torchvision is installed; ccreid does not use it"
    lines["recipes"] = str(recipe_folder())
    width = max(map(len, lines))
    print("\n".join(f"{name:<{width}}  {said}" for name, said in lines.items()))
    return 0


def _requirements() -> tuple[list[str], dict[str, list[str]]]:
    """Return the packages that ccreid needs, and those that each extra brings, but for the one of its developers."""
    core: list[str] = []
    extras: dict[str, list[str]] = {}
    for line in requires("ccreid") or ():
        package = re.match(r"[\w.-]+", line)
        extra = re.search(r"""extra\s*==\s*['"](.+?)['"]""", line)
        assert package is not None  # by the format of the metadata
        if extra is None:
            core.append(package[0])
        elif extra[1] != "dev":
            extras.setdefault(extra[1], []).append(package[0])
    return core, extras


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
