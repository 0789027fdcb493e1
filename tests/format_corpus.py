"""Assets to write in every format, and the readers that the tests of several formats share."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import trimesh

from serve.geometry.mesh import PartMesh, Surface, TextureMaps

__all__ = [
    "CORPUS",
    "GLASS",
    "METAL",
    "OPEN",
    "WOOD",
    "asset",
    "closed",
    "colored",
    "glb_array",
    "glb_document",
    "halves",
    "many_parts",
    "maps",
    "read_back",
    "textured",
    "unzipped",
]

WOOD = Surface("seat", "wood", (0.5, 0.2, 0.1), roughness=0.7, metallic=0.0)
GLASS = Surface("pane", "glass", (0.7, 0.8, 0.9), roughness=0.06, metallic=0.0, opacity=0.35)
METAL = Surface("frame", "metal", (0.9, 0.9, 0.8), roughness=0.3, metallic=1.0)


def asset(shape: trimesh.Trimesh, *surfaces: Surface) -> PartMesh:
    """Cut a shape into equal slices along Y, the bottom slice for the first surface."""
    heights = shape.triangles_center[:, 1]
    slices = np.linspace(heights.min(), heights.max(), len(surfaces) + 1)[1:-1]
    return PartMesh(
        shape.vertices.astype(np.float32),
        shape.faces.astype(np.int32),
        np.searchsorted(slices, heights).astype(np.int32),
        surfaces,
    )


def halves() -> PartMesh:
    """A box, 1 x 2 x 3 m, wood below and glass above."""
    return asset(trimesh.creation.box((1.0, 2.0, 3.0)).subdivide().subdivide(), WOOD, GLASS)


def maps(size: int = 32, seed: int = 3) -> TextureMaps:
    """Textures in which no two texels are alike: ramps, with a gentle relief."""
    row, column = np.mgrid[:size, :size] * (255 // size)
    color = np.stack([column, row, np.full_like(row, 40 + seed)], axis=2).astype(np.uint8)
    orm = np.stack([255 - row // 4, 60 + column // 2, row // 2], axis=2).astype(np.uint8)
    normal = np.stack([128 + column // 8, 128 - row // 8, np.full_like(row, 250)], axis=2).astype(np.uint8)
    return TextureMaps(color, orm, normal)


def textured(mesh: PartMesh, textures: tuple[TextureMaps, ...] = (maps(),)) -> PartMesh:
    """The mesh with every face a chart of its own, in rows, and all parts on the first texture."""
    side = int(np.ceil(np.sqrt(len(mesh.faces))))
    index = np.arange(len(mesh.faces))
    cells = np.stack([index % side, index // side], axis=1)[:, None]
    triangle = np.array([[0.1, 0.9], [0.9, 0.9], [0.1, 0.1]])
    surfaces = tuple(replace(surface, texture=0) for surface in mesh.surfaces)
    uv = ((cells + triangle) / side).astype(np.float32)
    return replace(mesh, surfaces=surfaces, corner_uv=uv, textures=textures)


def colored(mesh: PartMesh) -> PartMesh:
    """The mesh with a colour at every vertex, by its place in the box."""
    lower, upper = mesh.bounds
    share = (mesh.vertices - lower) / np.maximum(upper - lower, 1e-6)
    return replace(mesh, corner_color=share[mesh.faces].astype(np.float32))


def many_parts(count: int = 300) -> PartMesh:
    """Boxes in a row, each a part whose name has 60 characters."""
    box = trimesh.creation.box((0.5, 0.5, 0.5))
    shape = trimesh.util.concatenate(
        [box.copy().apply_translation((0.0, number, 0.0)) for number in range(count)]
    )
    names = [f"part-{number}.".ljust(60, "x") for number in range(count)]
    surfaces = [replace(WOOD, name=name, roughness=number / count) for number, name in enumerate(names)]
    parts = np.repeat(np.arange(count, dtype=np.int32), len(box.faces))
    mesh = asset(shape, WOOD)
    return replace(mesh, face_part=parts, surfaces=tuple(surfaces))


def _one_triangle() -> PartMesh:
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    return PartMesh(corners, np.array([[0, 1, 2]], np.int32), np.zeros(1, np.int32), (WOOD,))


def _mixed() -> PartMesh:
    """One part with a texture, two without, and colours at the corners."""
    mesh = textured(colored(asset(trimesh.creation.icosphere(subdivisions=3), WOOD, GLASS, METAL)))
    first, *others = mesh.surfaces
    return replace(mesh, surfaces=(first, *(replace(other, texture=-1) for other in others)))


CORPUS: dict[str, Callable[[], PartMesh]] = {
    "box": lambda: asset(trimesh.creation.box((1.0, 2.0, 3.0)), WOOD),
    "sphere": lambda: asset(trimesh.creation.icosphere(subdivisions=3), METAL),
    "torus": lambda: asset(trimesh.creation.torus(1.0, 0.3, major_sections=24, minor_sections=12), GLASS),
    "two halves": halves,
    "three slices": lambda: asset(trimesh.creation.icosphere(subdivisions=3), WOOD, GLASS, METAL),
    "300 parts": many_parts,
    "textured": lambda: textured(asset(trimesh.creation.icosphere(subdivisions=2), WOOD, METAL)),
    "textured glass": lambda: textured(halves()),
    "colour alone": lambda: textured(halves(), (TextureMaps(maps().base_color),)),
    "vertex colours": lambda: colored(halves()),
    "mixed": _mixed,
    "72,000 vertices": lambda: asset(
        trimesh.creation.torus(1.0, 0.3, major_sections=300, minor_sections=240), WOOD
    ),
}
OPEN: dict[str, Callable[[], PartMesh]] = {"one triangle": _one_triangle}


def unzipped(data: bytes) -> dict[str, bytes]:
    """The files of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as entries:
        return {name: entries.read(name) for name in entries.namelist()}


def read_back(ext: str, data: bytes) -> trimesh.Scene:
    """The file as trimesh reads it."""
    return trimesh.load_scene(io.BytesIO(data), file_type="zip" if ext in ("obj", "gltf") else ext)


def closed(scene: trimesh.Scene) -> trimesh.Trimesh:
    """The scene as one mesh; vertices are joined where their positions are equal to the bit."""
    whole = scene.to_mesh()
    places, corners = np.unique(whole.vertices, axis=0, return_inverse=True)
    return trimesh.Trimesh(places, corners.reshape(-1)[whole.faces], process=False)


def glb_document(data: bytes) -> dict[str, Any]:
    """The JSON of a GLB."""
    (json_byte_count,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + json_byte_count])


def glb_array(data: bytes, accessor_index: int) -> np.ndarray:
    """An accessor's numbers [N, K] of a GLB whose rows are not padded."""
    document = glb_document(data)
    accessor = document["accessors"][accessor_index]
    view = document["bufferViews"][accessor["bufferView"]]
    (json_byte_count,) = struct.unpack_from("<I", data, 12)
    start = 20 + json_byte_count + 8 + view["byteOffset"]
    dtype = {5126: "<f4", 5123: "<u2", 5125: "<u4"}[accessor["componentType"]]
    numbers = np.frombuffer(data[start : start + view["byteLength"]], dtype)
    return numbers.reshape(accessor["count"], -1)
