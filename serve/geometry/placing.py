"""Scales an asset to metres and puts its origin where a scene wants it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from serve.contracts.requests import Pivot
from serve.geometry.mesh import PartMesh

__all__ = ["place"]

# Single precision takes a longest side to the third power and back, with room for a share of it.
_SIDES_M = (1e-6, 1e7)


def place(mesh: PartMesh, longest_m: float | None, pivot: Pivot) -> PartMesh:
    """Scale the mesh about its origin and move it; what no face names has no part in its size.

    Args:
        mesh: At least one face, finite.
        longest_m: The longest side of its box afterwards, metres; None to keep its size.
        pivot: Where the origin shall be: as it is, in the middle of the box, or in the middle of its bottom.

    Returns:
        The mesh; itself where nothing is asked.

    Raises:
        ValueError: The mesh has no face, is not finite, has no size to scale, or one that no step after this
            could compute with.
    """
    keeps = longest_m is None and pivot is Pivot.KEEP
    points = mesh.vertices[np.unique(mesh.faces)].astype(np.float64)
    if len(points) == 0 or not np.isfinite(points).all():
        if keeps:
            return mesh
        raise ValueError("the mesh has no face, or a vertex that is not finite; ask for repair")
    lower, upper = points.min(axis=0), points.max(axis=0)
    size = float((upper - lower).max())
    if longest_m is not None and size <= 0.0:
        raise ValueError("all vertices of the mesh lie in one point: it has no size; ask for repair")
    if longest_m is None and size > 0.0 and not _SIDES_M[0] <= size <= _SIDES_M[1]:
        raise ValueError(
            f"its longest side is {size:.3g} m, and must be from {_SIDES_M[0]:g} to {_SIDES_M[1]:g} m: "
            "give its unit as `unit_m`, or the side that it shall have as `longest_m`"
        )
    if keeps:
        return mesh
    scale = 1.0 if longest_m is None else longest_m / size
    origin = {
        Pivot.KEEP: np.zeros(3),
        Pivot.CENTRE: 0.5 * (lower + upper),
        Pivot.BOTTOM: np.array([0.5 * (lower[0] + upper[0]), lower[1], 0.5 * (lower[2] + upper[2])]),
    }[pivot]
    return replace(mesh, vertices=((mesh.vertices.astype(np.float64) - origin) * scale).astype(np.float32))
