"""The signed distance of a set of parts: what solid the parts mean, at points.

The union is smooth by the polynomial minimum of Quilez, "smooth minimum" (iquilezles.org/articles/smin), in
the order of the parts.
"""
# mypy: disable-error-code="untyped-decorator,misc,no-any-return,valid-type,name-defined"

from __future__ import annotations

from typing import Any

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.fields.primitives import box, cylinder, ellipsoid, star, torus
from serve.geometry.parts import KINDS, PartSet
from serve.geometry.warp_setup import ensure_warp

__all__ = ["ALL_PARTS", "FAR", "PartTable", "part_distance", "part_distances", "union_distance", "upload"]

ensure_warp()

BOX, ELLIPSOID, CYLINDER, TORUS = (wp.constant(KINDS.index(kind)) for kind in KINDS[:4])
ALL_PARTS = -1  # the mask that takes every part
FAR = wp.constant(1.0e3)  # the distance where no part is

_VEC6 = wp.types.vector(length=6, dtype=wp.float32)


@wp.struct
class PartTable:
    """The parts on a device, [P] each; `shape` holds rounding, taper x, taper z, hollow, cut, blend."""

    kind: wp.array(dtype=wp.int32)
    centre: wp.array(dtype=wp.vec3)
    half: wp.array(dtype=wp.vec3)
    rotation: wp.array(dtype=wp.mat33)
    shape: wp.array(dtype=_VEC6)


@wp.func
def _outside_box(p: wp.vec3, h: wp.vec3) -> float:
    x = wp.max(wp.abs(p[0]) - h[0], 0.0)
    y = wp.max(wp.abs(p[1]) - h[1], 0.0)
    z = wp.max(wp.abs(p[2]) - h[2], 0.0)
    return wp.length(wp.vec3(x, y, z))


@wp.func
def part_distance(parts: PartTable, index: int, at: wp.vec3) -> float:
    """Signed distance of one part at a point; outside never less than the distance to the part's own box.

    The box mends the ellipsoid, whose formula is far too short beside its flat sides, and lets a grid skip
    parts.
    """
    p = wp.transpose(parts.rotation[index]) * (at - parts.centre[index])
    h = parts.half[index]
    shape = parts.shape[index]
    kind = parts.kind[index]
    rounding = shape[0] * wp.min(h[0], wp.min(h[1], h[2]))
    wall = shape[3] * wp.min(h[0], h[2])
    d = FAR
    if kind == BOX:
        d = box(p, h, shape[1], shape[2], rounding, wall)
    elif kind == ELLIPSOID:
        d = ellipsoid(p, h, shape[4], wall)
    elif kind == CYLINDER:
        d = cylinder(p, h, shape[1], rounding, wall)
    elif kind == TORUS:
        d = torus(p, h, shape[4])
    else:
        d = star(p, h, rounding)
    outside = _outside_box(p, h)
    if outside > 0.0:
        d = wp.max(d, outside)
    return d


@wp.func
def union_distance(parts: PartTable, mask: int, at: wp.vec3) -> float:
    """Signed distance of the smooth union of the parts whose bit in `mask` is set; `FAR` where none is."""
    d = FAR
    for index in range(parts.kind.shape[0]):
        if (mask >> index) & 1 == 1:
            other = part_distance(parts, index, at)
            blend = parts.shape[index][5]
            overlap = wp.max(blend - wp.abs(d - other), 0.0)
            d = wp.min(d, other)
            if overlap > 0.0:
                d = d - overlap * overlap / (4.0 * blend)
    return d


@wp.kernel
def _part_distances_kernel(
    parts: PartTable, points: wp.array(dtype=wp.vec3), distances: wp.array2d(dtype=wp.float32)
) -> None:
    row, index = wp.tid()
    distances[row, index] = part_distance(parts, index, points[row])


def upload(shape: PartSet, device: str = "cpu") -> Any:
    """The parts as a `PartTable` on this device."""
    table = PartTable()
    rows = [(p.rounding, p.taper_x, p.taper_z, p.hollow, p.cut, p.blend) for p in shape.parts]
    columns = {
        "kind": (np.array([KINDS.index(part.kind) for part in shape.parts], np.int32), wp.int32),
        "centre": (np.array([part.centre for part in shape.parts], np.float32), wp.vec3),
        "half": (np.array([part.half_size for part in shape.parts], np.float32), wp.vec3),
        "rotation": (np.array([part.rotation for part in shape.parts], np.float32), wp.mat33),
        "shape": (np.array(rows, np.float32), _VEC6),
    }
    for name, (values, dtype) in columns.items():
        setattr(table, name, wp.array(values, dtype=dtype, device=device))
    return table


def part_distances(shape: PartSet, points: NDArray[np.float32], device: str = "cpu") -> NDArray[np.float32]:
    """Signed distance of every part at every point, float32 [N, P], for points float32 [N, 3]."""
    size = (len(points), len(shape.parts))
    distances = wp.zeros(size, dtype=wp.float32, device=device)
    at = wp.array(np.ascontiguousarray(points, np.float32), dtype=wp.vec3, device=device)
    wp.launch(_part_distances_kernel, dim=size, inputs=[upload(shape, device), at, distances], device=device)
    return np.asarray(distances.numpy())
