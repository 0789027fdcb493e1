"""Meshes that others made: found inside installed wheels and read there, never copied."""

from __future__ import annotations

from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

__all__ = ["UNREADABLE", "foreign_folder", "foreign_meshes"]

UNREADABLE = Path("random_urdfs/168/168.obj")
"""One whose 35 vertices are all `nan nan nan`, under `foreign_folder`."""

_PACKAGE = "pybullet_data"
_ENDS = (".obj", ".stl", ".ply", ".glb")
_OF_EACH_ROBOT = 4


def foreign_folder() -> Path | None:
    """Where the package with the meshes lies, found without importing it; None where it is not installed."""
    spec = find_spec(_PACKAGE)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def foreign_meshes() -> list[Path]:
    """Some files of each robot and each thing, from exporters of two decades; the same in each run."""
    folder = foreign_folder()
    if folder is None:
        return []
    kinds = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _ENDS and path != folder / UNREADABLE:
            kinds[path.relative_to(folder).parts[0], path.suffix].append(path)
    return [path for paths in kinds.values() for path in paths[:: -(-len(paths) // _OF_EACH_ROBOT)]]
