"""The nearest point of a mesh to each of many points, and how far inside it they are."""
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

__all__ = ["nearest_kernel"]

FAR = wp.constant(1.0e30)


@wp.kernel(enable_backward=False)
def nearest_kernel(
    mesh: wp.uint64,
    points: wp.array[wp.vec3],
    faces: wp.array[wp.int32],
    weights: wp.array[wp.vec3],
) -> None:
    """The face nearest to each point, and the weights of its corners at the nearest point."""
    index = wp.tid()
    query = wp.mesh_query_point_no_sign(mesh, points[index], FAR)
    faces[index] = wp.where(query.result, query.face, -1)
    weights[index] = wp.vec3(query.u, query.v, 1.0 - query.u - query.v)
