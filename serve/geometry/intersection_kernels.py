"""Device code that finds which faces of a mesh cross.

Candidates come from a bounding volume hierarchy of the faces' boxes. A pair is judged in float64, in which
the differences of float32 coordinates are exact but for their last bits.
"""
# ruff: noqa: RUF046, UP018 - int(0) and float(0.0) declare variables in Warp; 0 and 0.0 are constants
# mypy: disable-error-code="untyped-decorator,misc,no-any-return,valid-type"

from __future__ import annotations

import warp as wp

__all__ = ["FaceTable", "count_crossings", "count_layers"]


@wp.struct
class FaceTable:
    """The faces of a mesh, [F], all of them with area.

    `normal` is of unit length, `boxes` a BVH of `lower` and `upper`, and `tolerance` a length.
    """

    a: wp.array(dtype=wp.vec3d)
    b: wp.array(dtype=wp.vec3d)
    c: wp.array(dtype=wp.vec3d)
    normal: wp.array(dtype=wp.vec3d)
    lower: wp.array(dtype=wp.vec3)
    upper: wp.array(dtype=wp.vec3)
    boxes: wp.uint64
    tolerance: wp.float64


@wp.struct
class Triangle:
    """A face on its own."""

    a: wp.vec3d
    b: wp.vec3d
    c: wp.vec3d
    normal: wp.vec3d


@wp.struct
class Cut:
    """What a face has in common with a plane: nothing, a point, or the segment between two."""

    count: int
    start: wp.vec3d
    end: wp.vec3d


@wp.func
def face_at(table: FaceTable, index: int) -> Triangle:
    """A face of the table."""
    face = Triangle()
    face.a = table.a[index]
    face.b = table.b[index]
    face.c = table.c[index]
    face.normal = table.normal[index]
    return face


@wp.func
def heights(face: Triangle, plane: Triangle, tolerance: wp.float64) -> wp.vec3d:
    """How far each corner lies above another face's plane; 0 within the tolerance."""
    above = wp.vec3d(
        wp.dot(plane.normal, face.a - plane.a),
        wp.dot(plane.normal, face.b - plane.a),
        wp.dot(plane.normal, face.c - plane.a),
    )
    for k in range(3):
        if wp.abs(above[k]) <= tolerance:
            above[k] = wp.float64(0.0)
    return above


@wp.func
def on_one_side(above: wp.vec3d) -> bool:
    """Whether all three corners lie off the plane, on the same side of it."""
    none = wp.float64(0.0)
    return wp.min(above) > none or wp.max(above) < none


@wp.func
def with_point(cut: Cut, point: wp.vec3d) -> Cut:
    """The cut with one more point."""
    if cut.count == 0:
        cut.start = point
    else:
        cut.end = point
    cut.count += 1
    return cut


@wp.func
def with_edge(cut: Cut, start: wp.vec3d, end: wp.vec3d, low: wp.float64, high: wp.float64) -> Cut:
    """The cut with the start of an edge, if that lies in the plane, or with what lies between its ends."""
    if low == wp.float64(0.0):
        cut = with_point(cut, start)
    elif low * high < wp.float64(0.0):
        cut = with_point(cut, start + (low / (low - high)) * (end - start))
    return cut


@wp.func
def cut_of(face: Triangle, above: wp.vec3d) -> Cut:
    """What a face that is not in the plane has in common with it (Moeller, 1997)."""
    cut = Cut()
    cut = with_edge(cut, face.a, face.b, above[0], above[1])
    cut = with_edge(cut, face.b, face.c, above[1], above[2])
    return with_edge(cut, face.c, face.a, above[2], above[0])


@wp.func
def depth(face: Triangle, point: wp.vec3d) -> wp.float64:
    """How far a point of its plane lies inside the nearest side of a face; negative outside."""
    first = wp.dot(wp.cross(face.normal, wp.normalize(face.b - face.a)), point - face.a)
    second = wp.dot(wp.cross(face.normal, wp.normalize(face.c - face.b)), point - face.b)
    third = wp.dot(wp.cross(face.normal, wp.normalize(face.a - face.c)), point - face.c)
    return wp.min(first, wp.min(second, third))


@wp.func
def shadow(axis: wp.vec3d, face: Triangle) -> wp.vec2d:
    """The least and the most of a face along an axis."""
    a = wp.dot(axis, face.a)
    b = wp.dot(axis, face.b)
    c = wp.dot(axis, face.c)
    return wp.vec2d(wp.min(a, wp.min(b, c)), wp.max(a, wp.max(b, c)))


@wp.func
def parted(start: wp.vec3d, end: wp.vec3d, first: Triangle, second: Triangle, tolerance: wp.float64) -> bool:
    """Whether two faces in one plane overlap by the tolerance at most, across this side of one of them."""
    axis = wp.normalize(wp.cross(first.normal, end - start))
    one = shadow(axis, first)
    other = shadow(axis, second)
    return wp.min(one[1], other[1]) - wp.max(one[0], other[0]) <= tolerance


@wp.func
def overlap(first: Triangle, second: Triangle, tolerance: wp.float64) -> bool:
    """Whether two faces that lie in one plane cover each other deeper than the tolerance."""
    apart = parted(first.a, first.b, first, second, tolerance)
    apart = apart or parted(first.b, first.c, first, second, tolerance)
    apart = apart or parted(first.c, first.a, first, second, tolerance)
    apart = apart or parted(second.a, second.b, first, second, tolerance)
    apart = apart or parted(second.b, second.c, first, second, tolerance)
    return not (apart or parted(second.c, second.a, first, second, tolerance))


@wp.func
def share_inner_segment(
    first: Triangle, second: Triangle, one: Cut, other: Cut, tolerance: wp.float64
) -> bool:
    """Whether the cuts of two faces by each other's planes overlap, inside one of the faces at least.

    Both cuts lie on the line that the planes share. Where these are almost one, only the longer cut tells
    how that line runs.
    """
    base = one
    if wp.length_sq(other.end - other.start) > wp.length_sq(one.end - one.start):
        base = other
    line = wp.normalize(base.end - base.start)
    a = wp.dot(line, one.start - base.start)
    b = wp.dot(line, one.end - base.start)
    c = wp.dot(line, other.start - base.start)
    d = wp.dot(line, other.end - base.start)
    low = wp.max(wp.min(a, b), wp.min(c, d))
    high = wp.min(wp.max(a, b), wp.max(c, d))
    found = bool(False)
    if high - low > tolerance:
        middle = base.start + (wp.float64(0.5) * (low + high)) * line
        inside_first = depth(first, middle)
        inside_second = depth(second, middle)
        found = wp.min(inside_first, inside_second) >= -tolerance
        found = found and wp.max(inside_first, inside_second) > tolerance
    return found


@wp.func
def faces_cross(first: Triangle, second: Triangle, tolerance: wp.float64) -> bool:
    """Whether two faces have more in common than sides and corners, deeper than the tolerance."""
    found = bool(False)
    above_second = heights(first, second, tolerance)
    if not on_one_side(above_second):
        above_first = heights(second, first, tolerance)
        if not on_one_side(above_first):
            if wp.length_sq(above_second) == wp.float64(0.0) or wp.length_sq(above_first) == wp.float64(0.0):
                found = overlap(first, second, tolerance)
            else:
                one = cut_of(first, above_second)
                other = cut_of(second, above_first)
                if one.count == 2 and other.count == 2:
                    found = share_inner_segment(first, second, one, other, tolerance)
    return found


@wp.kernel(enable_backward=False)
def count_crossings(
    table: FaceTable,
    begin: int,
    crossings: wp.array(dtype=wp.int32),
    candidates: wp.array(dtype=wp.int32),
) -> None:
    """For face `begin` + n: how many later faces cross it, and how many faces' boxes meet its box."""
    row = wp.tid()
    index = begin + row
    face = face_at(table, index)
    seen = int(0)
    found = int(0)
    margin = wp.vec3(float(table.tolerance))
    query = wp.bvh_query_aabb(table.boxes, table.lower[index] - margin, table.upper[index] + margin)
    other = int(0)
    while wp.bvh_query_next(query, other):
        seen += 1
        if other > index and faces_cross(face, face_at(table, other), table.tolerance):
            found += 1
    crossings[row] = found
    candidates[row] = seen


@wp.func
def passes(face: Triangle, start: wp.vec3d, direction: wp.vec3d, nearest: wp.float64) -> int:
    """1 where a ray leaves through a face, -1 where it enters, 0 where not (Moeller and Trumbore, 1997)."""
    first = face.b - face.a
    second = face.c - face.a
    across = wp.cross(direction, second)
    volume = wp.dot(first, across)
    found = int(0)
    if volume != wp.float64(0.0):
        offset = start - face.a
        u = wp.dot(offset, across) / volume
        turned = wp.cross(offset, first)
        v = wp.dot(direction, turned) / volume
        distance = wp.dot(second, turned) / volume
        if wp.min(u, v) >= wp.float64(0.0) and u + v <= wp.float64(1.0) and distance > nearest:
            found = wp.where(wp.dot(face.normal, direction) > wp.float64(0.0), 1, -1)
    return found


@wp.kernel(enable_backward=False)
def count_layers(
    table: FaceTable, starts: wp.array(dtype=wp.vec3d), direction: wp.vec3d, layers: wp.array(dtype=wp.int32)
) -> None:
    """How many more solids than voids each start lies in: what a ray leaves, less what it enters."""
    row = wp.tid()
    start = starts[row]
    query = wp.bvh_query_ray(table.boxes, wp.vec3(start), wp.vec3(direction))
    other = int(0)
    found = int(0)
    while wp.bvh_query_next(query, other):
        found += passes(face_at(table, other), start, direction, table.tolerance)
    layers[row] = found
