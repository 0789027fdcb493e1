"""Kernels that bend a mesh on the device: its corners, and the normals and tangents that they share."""
# ruff: noqa: PLR0917 - Warp kernels are launched with a list
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

__all__ = ["place_corners", "share_normals", "share_tangents"]


@wp.kernel(enable_backward=False)
def place_corners(
    vertices: wp.array[wp.vec3],
    faces: wp.array[int],
    corner_points: wp.array[wp.vec3],
    area_normals: wp.array[wp.vec3d],
) -> None:
    """The corners of a face, and its normal times twice its area; faces: [3F], area_normals: [F]."""
    face = wp.tid()
    for k in range(3):
        corner_points[3 * face + k] = vertices[faces[3 * face + k]]
    a = wp.vec3d(corner_points[3 * face])
    b = wp.vec3d(corner_points[3 * face + 1])
    c = wp.vec3d(corner_points[3 * face + 2])
    area_normals[face] = wp.cross(b - a, c - a)


@wp.kernel(enable_backward=False)
def share_normals(
    first: wp.array[int],
    corners: wp.array[int],
    area_normals: wp.array[wp.vec3d],
    corner_normals: wp.array[wp.vec3],
) -> None:
    """The normal of a group of corners: its faces' by area, as `serve.geometry.creases` has it.

    Group g owns corners[first[g]:first[g + 1]].
    """
    group = wp.tid()
    total = wp.vec3d()
    for k in range(first[group], first[group + 1]):
        total += area_normals[corners[k] // 3]
    length = wp.length(total)
    normal = wp.vec3(0.0, 1.0, 0.0)
    if length > wp.float64(1.0e-20):
        normal = wp.vec3(total / length)
    for k in range(first[group], first[group + 1]):
        corner_normals[corners[k]] = normal


@wp.func
def level(vector: wp.vec3d, normal: wp.vec3d) -> wp.vec3d:
    """The unit vector in the plane of a normal; any one where the vector has no part in it."""
    flat = vector - normal * wp.dot(vector, normal)
    length = wp.length(flat)
    if length > wp.float64(1.0e-12):
        return flat / length
    size = wp.vec3d(wp.abs(normal[0]), wp.abs(normal[1]), wp.abs(normal[2]))
    axis = wp.vec3d()
    axis[wp.argmin(size)] = wp.float64(1.0)
    return wp.normalize(wp.cross(normal, axis))


@wp.func
def angle_at(corner_points: wp.array[wp.vec3], corner: int) -> wp.float64:
    """The angle of a face at one of its corners, radians."""
    face = corner // 3
    k = corner - 3 * face
    own = wp.vec3d(corner_points[corner])
    ahead = wp.vec3d(corner_points[3 * face + (k + 1) % 3]) - own
    behind = wp.vec3d(corner_points[3 * face + (k + 2) % 3]) - own
    return wp.atan2(wp.length(wp.cross(ahead, behind)), wp.dot(ahead, behind))


@wp.func
def along_u(
    corner_points: wp.array[wp.vec3], corner_uv: wp.array[wp.vec2], face: int, sign: float
) -> wp.vec3d:
    """Where u grows over a face."""
    a = wp.vec3d(corner_points[3 * face])
    first = wp.vec3d(corner_points[3 * face + 1]) - a
    second = wp.vec3d(corner_points[3 * face + 2]) - a
    rise = wp.float64(corner_uv[3 * face + 1][1] - corner_uv[3 * face][1])
    other_rise = wp.float64(corner_uv[3 * face + 2][1] - corner_uv[3 * face][1])
    # The sign tells which way v runs: see `serve.geometry.tangents`.
    return -wp.float64(sign) * (other_rise * first - rise * second)


@wp.kernel(enable_backward=False)
def share_tangents(
    first: wp.array[int],
    corners: wp.array[int],
    corner_points: wp.array[wp.vec3],
    corner_normals: wp.array[wp.vec3],
    corner_uv: wp.array[wp.vec2],
    corner_tangents: wp.array[wp.vec4],
) -> None:
    """The tangent of a group of corners: its faces' by angle, as `serve.geometry.tangents` has it."""
    group = wp.tid()
    total = wp.vec3d()
    normal = wp.vec3d(corner_normals[corners[first[group]]])
    sign = corner_tangents[corners[first[group]]][3]
    for k in range(first[group], first[group + 1]):
        flat = level(along_u(corner_points, corner_uv, corners[k] // 3, sign), normal)
        total += flat * angle_at(corner_points, corners[k])
    tangent = wp.vec3(level(total, normal))
    for k in range(first[group], first[group + 1]):
        corner_tangents[corners[k]] = wp.vec4(tangent[0], tangent[1], tangent[2], sign)
