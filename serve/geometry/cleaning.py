"""Makes a sound surface of what others made: welded, wound outward, manifold, without holes and specks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from serve.contracts.repairs import DroppedFaces, MeshFaults, Repairs
from serve.geometry.cutting import cut_apart
from serve.geometry.degenerate import (
    first_at_each_place,
    first_of_each,
    has_finite_corners,
    has_known_corners,
    has_three_corners,
    without_needles,
)
from serve.geometry.half_edges import Matcher, same_way
from serve.geometry.holes import SMALL_SHARE, fill_holes
from serve.geometry.mesh import PartMesh
from serve.geometry.orientation import wound_alike, wound_outward
from serve.geometry.pieces import piece_diagonals, piece_labels
from serve.geometry.rims import rim_loops
from serve.geometry.selection import select_faces, without_unused_vertices
from serve.geometry.slivers import without_flat_faces
from serve.geometry.topology import is_closed
from serve.geometry.welding import weld

__all__ = ["CleanSettings", "clean"]


@dataclass(frozen=True, slots=True)
class CleanSettings:
    """How far to go.

    Args:
        weld_share: Rim vertices nearer than this are one; a share of the longest side of the mesh's box.
        speck_share: Pieces of a smaller diagonal are dropped; a share of the mesh's.
        hole_share: Holes of at most this diagonal are filled; a share of their piece's. 0 fills none.
    """

    weld_share: float = 1e-6
    speck_share: float = 2e-3
    hole_share: float = SMALL_SHARE


@dataclass(slots=True)
class _Tally:
    """What was done so far, with what all steps need: the caller's check, the newest match of half-edges."""

    check: Callable[[], None]

    dropped: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    match: Matcher = field(default_factory=Matcher)


def clean(
    mesh: PartMesh, settings: CleanSettings | None = None, check: Callable[[], None] = lambda: None
) -> tuple[PartMesh, Repairs]:
    """Mend a mesh, and tell what was wrong with it.

    A mesh that is sound comes back with the same arrays. Faces keep their order, parts and corner data; those
    over holes come last.

    Args:
        mesh: Anything: soup, numbers that are none, indices that lead nowhere.
        settings: The defaults without.
        check: Called between steps; may raise.

    Returns:
        The mesh, maybe without any face left, and the record.
    """
    settings = settings or CleanSettings()
    tally = _Tally(check)
    mesh = _kept(mesh, "unknown_vertex", has_known_corners, tally)
    found = _faults(mesh, tally.match)
    mesh = _with_finite_looks(_kept(mesh, "not_finite", has_finite_corners, tally))
    if not np.isfinite(mesh.vertices).all():
        mesh = without_unused_vertices(mesh)
    check()
    mesh = _kept(mesh, "no_area", has_three_corners, tally)
    mesh = _kept(mesh, "duplicate", first_at_each_place, tally)
    steps = (_welded, _without_repeats, _wound, _without_specks, _filled)
    for step in steps:
        check()
        if len(mesh.faces):
            mesh = step(mesh, settings, tally)
    return mesh, _record(found, mesh, tally)


def _kept(
    mesh: PartMesh, reason: str, test: Callable[[PartMesh], NDArray[np.bool_]], tally: _Tally
) -> PartMesh:
    keep = test(mesh)
    tally.dropped[reason] += int(len(keep) - keep.sum())
    return select_faces(mesh, keep)


def _faults(mesh: PartMesh, matcher: Matcher) -> MeshFaults:
    match = matcher(mesh.faces)
    misoriented_count = int(same_way(mesh.faces, match.first, match.second).sum())
    nonmanifold_count = int(match.crowd.max(initial=-1)) + 1
    closed = len(mesh.faces) > 0 and len(match.rims) + nonmanifold_count + misoriented_count == 0
    return MeshFaults(
        vertex_count=len(mesh.vertices),
        face_count=len(mesh.faces),
        was_watertight=closed,
        boundary_edge_count=len(match.rims),
        nonmanifold_edge_count=nonmanifold_count,
        misoriented_edge_count=misoriented_count,
    )


def _with_finite_looks(mesh: PartMesh) -> PartMesh:
    """Corner data that are no numbers become zero."""

    def finite(data: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
        known = data is None or np.isfinite(data).all()
        return data if known or data is None else np.where(np.isfinite(data), data, np.float32(0.0))

    return replace(mesh, corner_color=finite(mesh.corner_color), corner_uv=finite(mesh.corner_uv))


def _welded(mesh: PartMesh, settings: CleanSettings, tally: _Tally) -> PartMesh:
    longest_m = float(np.ptp(mesh.vertices[np.unique(mesh.faces)].astype(np.float64), axis=0).max())
    face_count = len(mesh.faces)
    mesh, count = (
        weld(mesh, settings.weld_share * longest_m, tally.match, tally.check)
        if longest_m > 0.0
        else (mesh, 0)
    )
    tally.done["welded"] += count
    tally.dropped["no_area"] += face_count - len(mesh.faces)
    return mesh


def _without_repeats(mesh: PartMesh, settings: CleanSettings, tally: _Tally) -> PartMesh:
    del settings
    mesh, count = without_needles(_kept(mesh, "duplicate", first_of_each, tally), tally.check)
    tally.done["needles"] += count
    return mesh


def _wound(mesh: PartMesh, settings: CleanSettings, tally: _Tally) -> PartMesh:
    """One side out for each piece, so that the cuts between pieces find the inside."""
    del settings
    mesh, alike = wound_alike(mesh, tally.match(mesh.faces))
    tally.check()
    mesh, outward = wound_outward(mesh, tally.match(mesh.faces), tally.check)
    tally.done["turned"] += int((alike ^ outward).sum())
    tally.check()
    return _parted(mesh, tally, pinches=False)


def _parted(mesh: PartMesh, tally: _Tally, *, pinches: bool) -> PartMesh:
    mesh, cut_count, dropped_count = cut_apart(mesh, tally.match, pinches=pinches, check=tally.check)
    tally.done["cut"] += cut_count
    tally.dropped["tangled"] += dropped_count
    return mesh


def _without_specks(mesh: PartMesh, settings: CleanSettings, tally: _Tally) -> PartMesh:
    pieces = piece_labels(mesh.faces, tally.match(mesh.faces))
    if pieces.max() == 0:
        return mesh
    diagonals = piece_diagonals(mesh, pieces)
    small = diagonals < settings.speck_share * float(np.linalg.norm(np.ptp(_used_points(mesh), axis=0)))
    tally.done["specks"] += int(small.sum())
    tally.dropped["speck"] += int(small[pieces].sum())
    return select_faces(mesh, ~small[pieces])


def _used_points(mesh: PartMesh) -> NDArray[np.float64]:
    return mesh.vertices[np.unique(mesh.faces)].astype(np.float64)


def _filled(mesh: PartMesh, settings: CleanSettings, tally: _Tally) -> PartMesh:
    """Twice: once a hole is filled, what touched itself there is cut, and another may show."""
    for _ in range(2):
        mesh, filling = fill_holes(mesh, tally.match(mesh.faces), settings.hole_share, tally.check)
        tally.done.update(filled=filling.filled_count, added=filling.added_face_count)
        tally.check()
        mesh = _parted(mesh, tally, pinches=True)
        tally.check()
        if filling.filled_count == 0:
            break
    match = tally.match(mesh.faces)
    tally.check()
    tally.done["open"] = sum(len(loops) for loops in rim_loops(mesh.faces, match))
    mesh, outward = wound_outward(mesh, match, tally.check)
    tally.done["turned"] += int(outward.sum())
    tally.check()
    return _ready(mesh)


def _ready(mesh: PartMesh) -> PartMesh:
    """Without unused vertices, and without faces that look like a line."""
    mesh = without_unused_vertices(mesh)
    vertices = without_flat_faces(mesh.vertices, mesh.faces)
    return mesh if vertices is mesh.vertices else replace(mesh, vertices=vertices)


def _record(found: MeshFaults, mesh: PartMesh, tally: _Tally) -> Repairs:
    return Repairs(
        found=found,
        welded_vertex_count=tally.done["welded"],
        dropped_faces=DroppedFaces(**tally.dropped),
        mended_needle_count=tally.done["needles"],
        flipped_face_count=tally.done["turned"],
        cut_vertex_count=tally.done["cut"],
        dropped_piece_count=tally.done["specks"],
        filled_hole_count=tally.done["filled"],
        added_face_count=tally.done["added"],
        open_hole_count=tally.done["open"],
        is_watertight=is_closed(mesh.faces),
    )
