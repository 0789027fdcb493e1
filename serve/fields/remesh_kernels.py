"""How far from a soup of triangles, and on which side of it, points are."""
# ruff: noqa: PLR0917 - Warp kernels are launched without keywords
# ruff: noqa: UP018 - float(1.0) declares a variable in Warp; 1.0 is a constant
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

__all__ = ["sheet_kernel", "side_kernel", "solid_kernel"]

ACCURACY = wp.constant(2.5)  # of the winding number: a group farther off than this many radii is one dipole
INSIDE = wp.constant(0.5)
FAR = wp.constant(1.0e30)


@wp.func
def distance_to(mesh: wp.uint64, at: wp.vec3, reach: float) -> float:
    """How far the mesh is, which must be within reach."""
    query = wp.mesh_query_point_no_sign(mesh, at, reach)
    return wp.length(wp.mesh_eval_position(mesh, query.face, query.u, query.v) - at)


@wp.func
def sign_at(mesh: wp.uint64, at: wp.vec3, reach: float) -> float:
    """-1 within what the mesh encloses, else 1; the mesh must be within reach."""
    query = wp.mesh_query_point_sign_winding_number(mesh, at, reach, ACCURACY, INSIDE)
    return query.sign


@wp.kernel(enable_backward=False)
def side_kernel(mesh: wp.uint64, points: wp.array[wp.vec3], distances: wp.array[float]) -> None:
    """The signed distance of each point, by the winding number."""
    index = wp.tid()
    query = wp.mesh_query_point_sign_winding_number(mesh, points[index], FAR, ACCURACY, INSIDE)
    gap = wp.length(wp.mesh_eval_position(mesh, query.face, query.u, query.v) - points[index])
    distances[index] = gap * query.sign


@wp.kernel(enable_backward=False)
def solid_kernel(
    mesh: wp.uint64,
    lower: wp.vec3,
    step: float,
    side: int,
    blocks: wp.array[wp.vec3i],
    field: wp.array3d[float],
) -> None:
    """The signed distance at each node of these blocks, of `side` nodes along each axis, to closed surfaces.

    Nodes are visited to and fro, so that each is a step from the one before. Where the surface is farther
    from the two than they are from each other, it is not between them, and the side is the same: the winding
    number, which is dear, is asked near the surface alone.
    """
    first = blocks[wp.tid()]
    gap = float(FAR)
    sign = float(1.0)
    for node in range(side * side * side):
        i = node / (side * side)
        j = (node / side) % side
        k = node % side
        if (node / side) % 2 == 1:
            k = side - 1 - k
        if i % 2 == 1:
            j = side - 1 - j
        i += first[0]
        j += first[1]
        k += first[2]
        at = lower + step * wp.vec3(float(i), float(j), float(k))
        here = distance_to(mesh, at, gap + 1.01 * step)
        if node == 0 or here + gap < 1.01 * step:
            sign = sign_at(mesh, at, here + step)
        gap = here
        if i < field.shape[0] and j < field.shape[1] and k < field.shape[2]:
            field[i, j, k] = here * sign


@wp.kernel(enable_backward=False)
def sheet_kernel(
    mesh: wp.uint64,
    half_wall: float,
    lower: wp.vec3,
    step: float,
    reach: float,
    first: int,
    field: wp.array3d[float],
) -> None:
    """Add walls around a mesh to a field: the lower of the field and the distance to the wall.

    Layers of the field from `first` on, as many as are launched.
    """
    i, j, k = wp.tid()
    i += first
    at = lower + step * wp.vec3(float(i), float(j), float(k))
    query = wp.mesh_query_point_no_sign(mesh, at, reach)
    if query.result:
        gap = wp.length(wp.mesh_eval_position(mesh, query.face, query.u, query.v) - at)
        field[i, j, k] = wp.min(field[i, j, k], gap - half_wall)
