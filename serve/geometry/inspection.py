"""Measures a mesh: everything that an acceptance report says before it judges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve.contracts.acceptance import Bounds, MaterialReport, Measures
from serve.contracts.errors import InvalidRequestError
from serve.geometry.degenerate import first_of_each, has_three_corners
from serve.geometry.half_edges import EdgeMatch, fan_labels, match_edges, same_way
from serve.geometry.inspection_solids import inverted_pieces, piece_volumes
from serve.geometry.inspection_texture import texture_report
from serve.geometry.intersections import count_self_intersections
from serve.geometry.mesh import PartMesh
from serve.geometry.pieces import piece_labels
from serve.geometry.places import first_of_place
from serve.geometry.selection import select_faces
from serve.geometry.topology import compact

__all__ = ["FLAT_SHARE", "SLIVER_SHARE", "measure"]

FLAT_SHARE = 1e-5
"""A face whose height is at most this share of its longest side has no area worth the name."""

SLIVER_SHARE = 1e-2
"""A face with area whose height is at most this share of its longest side is a sliver."""


def measure(mesh: PartMesh, byte_count: int, *, check: Callable[[], None] = lambda: None) -> Measures:
    """Measure a mesh as the reader of its file would find it: vertices at one place are one vertex.

    Args:
        mesh: What the file holds.
        byte_count: The file's length.
        check: Called between the steps; what it raises ends the measuring.

    Raises:
        InvalidRequestError: The mesh has no face, or a coordinate that is not finite, or a face that names a
            vertex which does not exist: nothing can be measured before it is cleaned.
    """
    _check_measurable(mesh)
    mesh = _welded(mesh)
    areas, shares = _areas_and_height_shares(mesh)
    lower, upper = (tuple(bound.tolist()) for bound in mesh.bounds)
    check()
    return Measures(
        vertex_count=len(mesh.vertices),
        face_count=len(mesh.faces),
        part_count=len(np.unique(mesh.face_part)),
        **_faults(mesh, shares, check),
        degenerate_face_count=int(np.count_nonzero(shares <= FLAT_SHARE)),
        sliver_face_count=int(np.count_nonzero((shares > FLAT_SHARE) & (shares <= SLIVER_SHARE))),
        area_m2=float(areas.sum()),
        bounds_m=Bounds(lower=lower, upper=upper),
        texture=texture_report(mesh),
        materials=_materials(mesh),
        byte_count=byte_count,
    )


def _faults(mesh: PartMesh, shares: NDArray[np.float64], check: Callable[[], None]) -> dict[str, Any]:
    """What hangs together wrongly, by field of `Measures`.

    A face that names a vertex twice is nothing, and has no part in this. One without area has none in what
    crosses, and one that repeats another neither.
    """
    whole = has_three_corners(mesh)
    mesh, has_area = select_faces(mesh, whole), shares[whole] > FLAT_SHARE
    match, is_first = match_edges(mesh.faces), first_of_each(mesh)
    check()
    pieces = piece_labels(mesh.faces, match)
    volumes = piece_volumes(mesh.vertices, mesh.faces, pieces, match)
    inverted = inverted_pieces(mesh.vertices, mesh.faces[has_area], pieces[has_area], volumes)
    check()
    crossings = count_self_intersections(mesh.vertices, mesh.faces[has_area & is_first], check=check)
    watertight = len(volumes) > 0 and bool(np.isfinite(volumes).all())
    return {
        "component_count": len(volumes),
        "watertight": watertight,
        "boundary_edge_count": len(match.rims),
        "nonmanifold_edge_count": int(match.crowd.max(initial=-1)) + 1,
        "nonmanifold_vertex_count": _pinched_vertex_count(mesh.faces, match),
        "misoriented_edge_count": int(np.count_nonzero(same_way(mesh.faces, match.first, match.second))),
        "inverted_component_count": len(inverted),
        "self_intersection_count": crossings.count,
        "self_intersection_method": crossings.method,
        "duplicate_face_count": int(np.count_nonzero(~is_first)),
        "volume_m3": float(volumes.sum()) if watertight else None,
    }


def _pinched_vertex_count(faces: NDArray[np.int32], match: EdgeMatch) -> int:
    """Vertices whose faces form fans that meet in that point and nothing more."""
    crowded = np.flatnonzero(match.crowd[1:] == match.crowd[:-1])
    first = np.concatenate([match.first, match.crowded[crowded]])
    second = np.concatenate([match.second, match.crowded[crowded + 1]])
    fans = np.flatnonzero(fan_labels(faces, first, second) == np.arange(faces.size))
    return int(np.count_nonzero(np.bincount(faces.reshape(-1)[fans]) > 1))


def _welded(mesh: PartMesh) -> PartMesh:
    """The mesh with one vertex for each place that a face uses."""
    first = first_of_place(mesh.vertices).astype(np.int32)
    vertices, faces = compact(mesh.vertices, first[mesh.faces])
    return replace(mesh, vertices=vertices, faces=faces)


def _check_measurable(mesh: PartMesh) -> None:
    if len(mesh.faces) == 0:
        raise InvalidRequestError("the mesh has no faces, so there is nothing to inspect", "mesh")
    lost = np.flatnonzero(((mesh.faces < 0) | (mesh.faces >= len(mesh.vertices))).any(axis=1))
    if len(lost):
        raise InvalidRequestError(
            f"face {lost[0]} of the mesh names a vertex beyond its {len(mesh.vertices):,}: clean it first",
            "mesh",
        )
    for what, values in (("vertex", mesh.vertices[mesh.faces]), ("texture coordinate", mesh.corner_uv)):
        if values is not None and not np.isfinite(values).all():
            raise InvalidRequestError(
                f"a {what} of the mesh is no finite number, so it cannot be measured: clean it first", "mesh"
            )


def _areas_and_height_shares(mesh: PartMesh) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Areas [F], square metres, and each face's height over its longest side as a share of that side."""
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    sides = np.roll(corners, -1, axis=1) - corners
    doubled = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    squared = np.einsum("fij,fij->fi", sides, sides).max(axis=1)
    return 0.5 * doubled, doubled / np.maximum(squared, 1e-300)


def _materials(mesh: PartMesh) -> tuple[MaterialReport, ...]:
    """What the surfaces look like; those that look alike and share a material's name are one."""
    counts = np.bincount(mesh.face_part, minlength=len(mesh.surfaces)).tolist()
    found: dict[MaterialReport, int] = {}
    for surface, face_count in zip(mesh.surfaces, counts, strict=True):
        look = MaterialReport(
            name=surface.material,
            base_color=surface.base_color,
            roughness=surface.roughness,
            metallic=surface.metallic,
            opacity=surface.opacity,
            textured=surface.texture >= 0,
            face_count=0,
        )
        found[look] = found.get(look, 0) + face_count
    return tuple(
        look.model_copy(update={"face_count": face_count}) for look, face_count in found.items() if face_count
    )
