"""Where the vertex of a collapsed edge goes, and what that costs: Garland and Heckbert 1997."""
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.geometry.kernels.collapse_state import CORNER, INSIDE, CollapseState

__all__ = ["NOTHING", "best_point", "edge_cost"]

NOTHING = wp.constant(wp.float64(1.0e300))


@wp.func
def quadric_error(state: CollapseState, a: int, b: int, p: wp.vec3d) -> wp.float64:
    """The two vertices' quadrics together, at a point."""
    x = p[0]
    y = p[1]
    z = p[2]
    q = state.quadrics
    two = wp.float64(2.0)
    error = (
        (q[a, 0] + q[b, 0]) * x * x + two * (q[a, 1] + q[b, 1]) * x * y + two * (q[a, 2] + q[b, 2]) * x * z
    )
    error += two * (q[a, 3] + q[b, 3]) * x + (q[a, 4] + q[b, 4]) * y * y + two * (q[a, 5] + q[b, 5]) * y * z
    error += two * (q[a, 6] + q[b, 6]) * y + (q[a, 7] + q[b, 7]) * z * z + two * (q[a, 8] + q[b, 8]) * z
    return error + q[a, 9] + q[b, 9]


@wp.func
def best_point(state: CollapseState, a: int, b: int) -> wp.vec3d:
    """Where the vertex of a collapsed edge goes: a vertex of a border stays on it."""
    pa = state.points[a]
    pb = state.points[b]
    if state.kind[a] > state.kind[b] or state.kind[a] == CORNER:
        return pa
    if state.kind[b] > state.kind[a]:
        return pb
    middle = wp.float64(0.5) * (pa + pb)
    if state.kind[a] == INSIDE:
        q = state.quadrics
        m = wp.mat33d(
            q[a, 0] + q[b, 0], q[a, 1] + q[b, 1], q[a, 2] + q[b, 2],
            q[a, 1] + q[b, 1], q[a, 4] + q[b, 4], q[a, 5] + q[b, 5],
            q[a, 2] + q[b, 2], q[a, 5] + q[b, 5], q[a, 7] + q[b, 7],
        )  # fmt: skip
        determinant = wp.determinant(m)
        size = m[0, 0] + m[1, 1] + m[2, 2]
        if wp.abs(determinant) > wp.float64(1.0e-12) * size * size * size:
            right = wp.vec3d(-(q[a, 3] + q[b, 3]), -(q[a, 6] + q[b, 6]), -(q[a, 8] + q[b, 8]))
            p = wp.inverse(m) * right
            if wp.length_sq(p - middle) <= wp.float64(4.0) * wp.length_sq(pb - pa):
                return p
    best = middle
    error = quadric_error(state, a, b, middle)
    at_a = quadric_error(state, a, b, pa)
    if at_a < error:
        best = pa
        error = at_a
    if quadric_error(state, a, b, pb) < error:
        best = pb
    return best


@wp.func
def edge_cost(state: CollapseState, a: int, b: int) -> wp.float64:
    """What a collapse of this edge costs; `NOTHING` where it cannot be."""
    if state.kind[a] == CORNER and state.kind[b] == CORNER:
        return NOTHING
    return wp.max(quadric_error(state, a, b, best_point(state, a, b)), wp.float64(0.0))
