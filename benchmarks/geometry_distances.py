"""How far two surfaces are apart, and what is whose on them: the judge of `benchmarks.geometry`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh
from serve.geometry.topology import is_closed, signed_volumes
from serve.geometry.transfer import nearest_on, with_parts_of

__all__ = ["deviation", "is_outward", "soundness", "strayed_share", "volume"]

_SAMPLE_COUNT = 50_000


def _samples(mesh: PartMesh) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Seeded points, evenly over the surface: the face of each [N], and places float32 [N, 3]."""
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    random = np.random.default_rng(11)
    faces = random.choice(len(areas), _SAMPLE_COUNT, p=areas / areas.sum())
    weights = random.dirichlet([1.0, 1.0, 1.0], _SAMPLE_COUNT)
    return faces, np.einsum("nc,nci->ni", weights, corners[faces]).astype(np.float32)


def deviation(source: PartMesh, mesh: PartMesh) -> float:
    """The mean distance from either surface to the other, as a share of the source's diagonal."""
    lower, upper = source.bounds
    return 0.5 * (_one_way(source, mesh) + _one_way(mesh, source)) / float(np.linalg.norm(upper - lower))


def _one_way(start: PartMesh, end: PartMesh) -> float:
    _, points = _samples(start)
    return float(np.linalg.norm(nearest_on(end, points).points - points, axis=1).mean())


def strayed_share(source: PartMesh, mesh: PartMesh) -> float:
    """The share of the source's area whose nearest point on the mesh belongs to another part.

    A mesh without parts gets those of the source first, each face that nearest to its middle.
    """
    names = [surface.name for surface in source.surfaces]
    if [surface.name for surface in mesh.surfaces] != names:
        mesh = with_parts_of(source, mesh)
    faces, points = _samples(source)
    owner = mesh.face_part[nearest_on(mesh, points).faces]
    return float((owner != source.face_part[faces]).mean())


def volume(mesh: PartMesh) -> float:
    """Cubic metres, below 0 inside out."""
    return float(signed_volumes(mesh.vertices, mesh.faces).sum())


def is_outward(mesh: PartMesh) -> bool:
    """Whether it is closed, and its faces wind outward all in all."""
    return is_closed(mesh.faces) and volume(mesh) > 0.0


def soundness(mesh: PartMesh) -> str:
    """`yes`, or why not."""
    if not is_closed(mesh.faces):
        return "no"
    return "yes" if is_outward(mesh) else "inside out"
