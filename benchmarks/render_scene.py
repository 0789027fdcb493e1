"""The one scene, one camera and one light that `benchmarks.render` hands to every renderer.

Three things of ours stand on a ground: a wooden stool, a metal trophy and a glass bottle. All light comes
from one picture of the surroundings: even, but for a bright window. So every renderer that knows
environments knows this light exactly; those that know lamps alone get the window as a sun, and the rest as
ambient light.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from compile.house.categories import CATEGORIES
from compile.house.category import Wish, build_shape
from serve.fields.meshing import mesh_parts
from serve.geometry.creases import corner_normals
from serve.geometry.materials import material_of
from serve.geometry.mesh import PartMesh, Surface
from serve.render import Camera, frame_bounds

__all__ = ["BenchPart", "BenchScene", "Window", "shared_scene"]

Floats = NDArray[np.float32]
_STANDING = (("stool", "wood", -0.62), ("trophy", "metal", 0.0), ("bottle", "glass", 0.55))
_COLORS = {"wood": (0.36, 0.18, 0.075), "metal": (0.86, 0.66, 0.30), "glass": (0.45, 0.72, 0.60)}
_GROUND = Surface("ground", "stone", (0.42, 0.40, 0.38), 0.9, 0.0)
_GROUND_SIDE_M = 8.0
_EVEN = 0.25
_SIZE = (256, 512)  # rows and columns of the picture of the surroundings
_ROWS = slice(43, 78)  # the window: 30 to 55 degrees from straight up
_COLUMNS = slice(85, 135)  # and behind the camera's left shoulder, once the picture is turned
_SHINE = 6.0  # below what our tracer takes for a speck


@dataclass(frozen=True, slots=True)
class Window:
    """The bright patch of the surroundings, as those see it who know only lamps.

    Args:
        direction: Unit vector from the scene towards its middle.
        white: Radiance that it lends to a white matt surface which faces it.
        ambient: Radiance of all else.
    """

    direction: tuple[float, float, float]
    white: float
    ambient: float


@dataclass(frozen=True, slots=True, eq=False)
class BenchPart:
    """Faces of one material, each corner a vertex of its own.

    Args:
        surface: What they are made of.
        points: float32 [3F, 3], metres.
        normals: float32 [3F, 3], unit: ours, with its creases.
    """

    surface: Surface
    points: Floats
    normals: Floats

    @property
    def faces(self) -> NDArray[np.int32]:
        """int32 [F, 3], indices into the points."""
        return np.arange(len(self.points), dtype=np.int32).reshape(-1, 3)


@dataclass(frozen=True, slots=True, eq=False)
class BenchScene:
    """What is rendered.

    Args:
        mesh: The things and, as its last surface, the ground.
        bounds: Of the things alone, metres.
        camera: Sees them all.
        surroundings: float32 [H, W, 3], as `serve.render.Environment` lays it out.
    """

    mesh: PartMesh
    bounds: tuple[Floats, Floats]
    camera: Camera
    surroundings: Floats

    def parts(self) -> Iterator[BenchPart]:
        """The mesh by material, with our normals."""
        mesh = self.mesh
        normals = corner_normals(mesh.vertices, mesh.faces)
        for number, surface in enumerate(mesh.surfaces):
            own = mesh.face_part == number
            if own.any():
                points = mesh.vertices[mesh.faces[own]].reshape(-1, 3)
                yield BenchPart(surface, points, normals.reshape(-1, 3, 3)[own].reshape(-1, 3))

    def window(self) -> Window:
        """The window as a lamp."""
        directions, solid_angles = _texels()
        bright = self.surroundings[..., 0] - _EVEN
        flux = (directions * (bright * solid_angles)[..., None]).sum(axis=(0, 1))
        x, y, z = (flux / np.linalg.norm(flux)).tolist()
        return Window((x, y, z), float(np.linalg.norm(flux)) / np.pi, _EVEN)


def shared_scene(face_count: int) -> BenchScene:
    """The scene, its things together of at most `face_count` faces."""
    each = face_count // len(_STANDING)
    things = _joined([_thing(name, material, x_m, each) for name, material, x_m in _STANDING])
    lower, upper = things.bounds
    camera = frame_bounds(lower, upper, azimuth_deg=25.0, elevation_deg=24.0, fov_deg=34.0)
    surroundings = np.full((*_SIZE, 3), _EVEN, np.float32)
    surroundings[_ROWS, _COLUMNS] = _SHINE
    # Straight ahead of a viewer at the front is the middle column: turn the window behind them.
    return BenchScene(
        _joined([things, _ground(float(lower[1]))]),
        (lower, upper),
        camera,
        np.roll(surroundings, -96, axis=1),
    )


def _thing(name: str, material: str, x_m: float, face_count: int) -> PartMesh:
    """A house shape all of one material, a metre at its longest, on the ground."""
    shape = build_shape(CATEGORIES[name], Wish(name), np.random.default_rng(4)).scaled_to(1.0)
    mesh = mesh_parts(shape, resolution=56, poly_count=face_count)
    lower, upper = mesh.bounds
    middle = np.array([(lower[0] + upper[0]) / 2 - x_m, lower[1], (lower[2] + upper[2]) / 2], np.float32)
    look = material_of(material)
    surface = Surface(name, material, _COLORS[material], look.roughness, look.metallic, look.opacity)
    return replace(
        mesh,
        vertices=mesh.vertices - middle,
        face_part=np.zeros(len(mesh.faces), np.int32),
        surfaces=(surface,),
    )


def _ground(height_m: float) -> PartMesh:
    half = _GROUND_SIDE_M / 2
    corners = np.array([[-half, 0, -half], [-half, 0, half], [half, 0, half], [half, 0, -half]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    corners[:, 1] = height_m
    return PartMesh(corners, faces, np.zeros(2, np.int32), (_GROUND,))


def _joined(meshes: list[PartMesh]) -> PartMesh:
    first_vertex = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    first_part = np.cumsum([0, *(len(mesh.surfaces) for mesh in meshes)])
    return PartMesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate(
            [mesh.faces + first for mesh, first in zip(meshes, first_vertex, strict=False)]
        ).astype(np.int32),
        np.concatenate(
            [mesh.face_part + first for mesh, first in zip(meshes, first_part, strict=False)]
        ).astype(np.int32),
        tuple(surface for mesh in meshes for surface in mesh.surfaces),
    )


def _texels() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The direction [H, W, 3] and the solid angle [H, W], sr, of each texel of the surroundings."""
    rows, columns = _SIZE
    polar = np.pi * (np.arange(rows)[:, None] + 0.5) / rows
    turn = 2.0 * np.pi * ((np.arange(columns)[None] + 0.5) / columns - 0.5)
    directions = np.stack(
        np.broadcast_arrays(np.sin(polar) * np.sin(turn), np.cos(polar), -np.sin(polar) * np.cos(turn)),
        axis=-1,
    )
    return directions, np.broadcast_to(np.sin(polar) * 2.0 * np.pi**2 / (rows * columns), _SIZE)
