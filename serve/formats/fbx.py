"""FBX, Autodesk's exchange format: written by Blender, in a process of its own.

The format is undocumented; Blender's writer is the one that other tools are tried against. What Blender
reads is the GLB, so parts, materials and textures are those, but for roughness and metallic: FBX has one
number of each a material, so a part's means stand in for its texture. The process is told the time and the
seed of its hashes: equal assets give equal bytes from one Blender.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from serve.formats import blender_fbx
from serve.formats.blender import run_blender
from serve.formats.glb import write_glb
from serve.geometry.mesh import PartMesh

__all__ = ["write_fbx"]


def write_fbx(mesh: PartMesh, *, name: str) -> bytes:
    """One binary FBX (7.4) with its textures inside: Y up, metres, a model for each part.

    Args:
        mesh: The asset.
        name: The root's name.

    Raises:
        InvalidRequestError: The mesh is empty or broken, or a name is unfit for a file.
        UnsupportedFormatError: Blender is absent, fails, or takes too long.
    """
    by_part = replace(mesh, textures=tuple(replace(maps, orm=None) for maps in mesh.textures))
    script = Path(blender_fbx.__file__)
    return run_blender(script, write_glb(by_part, name=name), read_as="glb", write_as="fbx")
