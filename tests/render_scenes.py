"""Small scenes for the ray tracer's tests, of which one can say how they must look."""

import numpy as np
import trimesh

from serve.geometry.mesh import PartMesh, Surface, TextureMaps
from serve.render import Camera, PictureSettings

__all__ = [
    "ABOVE",
    "FRONT",
    "WHITE",
    "make_box",
    "make_maps",
    "make_mesh",
    "make_settings",
    "make_sphere",
    "make_surface",
    "make_wall",
]

WHITE = (1.0, 1.0, 1.0)
FRONT = Camera(eye=(0.0, 0.0, 6.0), target=(0.0, 0.0, 0.0), up=(0.0, 1.0, 0.0), fov_deg=40.0)
ABOVE = Camera(eye=(0.0, 20.0, 0.0), target=(0.0, 0.0, 0.0), up=(0.0, 0.0, -1.0), fov_deg=40.0)


def make_mesh(*shapes_and_surfaces):
    vertices, faces, parts = [], [], []
    for part, (shape, _) in enumerate(shapes_and_surfaces):
        faces.append(shape.faces + sum(len(v) for v in vertices))
        vertices.append(shape.vertices)
        parts.append(np.full(len(shape.faces), part))
    return PartMesh(
        np.concatenate(vertices).astype(np.float32),
        np.concatenate(faces).astype(np.int32),
        np.concatenate(parts).astype(np.int32),
        tuple(surface for _, surface in shapes_and_surfaces),
    )


def make_surface(base_color=WHITE, roughness=1.0, metallic=0.0, opacity=1.0, *, name="part", texture=-1):
    return Surface(name, "plastic", base_color, roughness, metallic, opacity, texture)


def make_sphere(**looks):
    return make_mesh((trimesh.creation.icosphere(subdivisions=4), make_surface(**looks)))


def make_box(at=(0.0, 0.0, 0.0), size=(1.0, 1.0, 1.0)):
    box = trimesh.creation.box(extents=size)
    box.apply_translation(at)
    return box


def make_settings(size=64, sample_count=4, **changes):
    return PictureSettings(width=size, height=size, sample_count=sample_count, **changes)


def make_maps(base_color=((255, 255, 255),), orm=None, normal=None):
    """Maps of one row of texels each, or of what rows are given."""

    def picture(rows):
        return None if rows is None else np.atleast_3d(np.array(rows, np.uint8)).reshape(-1, len(rows), 3)

    return TextureMaps(picture(base_color), picture(orm), picture(normal))


def make_wall(*, maps=None, uv_scale=1.0, **looks):
    """A square wall of 2 m in the plane z = 0 that faces +Z, with its texture upright and once over it."""
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    uv = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32) * np.float32(uv_scale)
    surface = make_surface(texture=-1 if maps is None else 0, **looks)
    textures = () if maps is None else (maps,)
    return PartMesh(corners, faces, np.zeros(2, np.int32), (surface,), None, uv[faces], textures)
