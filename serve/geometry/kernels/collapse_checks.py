"""Whether an edge may be collapsed: topology by the link condition, faces by how far they turn.

Source: Dey, Edelsbrunner, Guha and Nekhayev 1999, "Topology Preserving Edge Contraction".
"""
# ruff: noqa: RUF046, UP018 - int(0) and bool(True) declare variables in Warp; 0 and True are constants
# ruff: noqa: PLR1714, SIM102 - Warp has no sets, and evaluates both sides of `and`
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.geometry.kernels.collapse_state import INSIDE, CollapseState

__all__ = ["has", "keeps_faces", "may_join", "new_mark"]


@wp.func
def has(state: CollapseState, face: int, vertex: int) -> bool:
    """Whether a face names a vertex."""
    return state.faces[face, 0] == vertex or state.faces[face, 1] == vertex or state.faces[face, 2] == vertex


@wp.func
def new_mark(state: CollapseState) -> int:
    """A number that no vertex is marked with."""
    state.counts[3] = state.counts[3] + 1
    return state.counts[3]


@wp.func
def is_roofed(state: CollapseState, vertex: int, other: int, mark: int) -> bool:
    """Whether nothing but faces with two marked corners lies around a vertex, besides those at the edge."""
    corner = int(state.head[vertex])
    roofed = bool(True)
    while corner >= 0 and roofed:
        face = corner / 3
        if state.alive[face] == 1:
            if not has(state, face, other):
                i = corner % 3
                u = state.faces[face, (i + 1) % 3]
                v = state.faces[face, (i + 2) % 3]
                roofed = state.mark[u] == mark and state.mark[v] == mark
        corner = state.following[corner]
    return roofed


@wp.func
def may_join(state: CollapseState, a: int, b: int) -> bool:
    """Whether the edge's collapse leaves a surface of the same kind, borders and all.

    Every vertex next to both ends must be the third one of a face at the edge, and no two faces may come to
    lie back to back; two vertices of borders are only joined along a border.
    """
    at_edge = int(0)
    looks = int(0)
    part = int(-1)
    is_border = bool(False)
    mark = new_mark(state)
    corner = int(state.head[a])
    while corner >= 0:
        looks += 1
        face = corner / 3
        if state.alive[face] == 1:
            if has(state, face, b):
                at_edge += 1
                is_border = is_border or (part >= 0 and part != state.part[face])
                part = state.part[face]
            for i in range(3):
                state.mark[state.faces[face, i]] = mark
        corner = state.following[corner]
    state.counts[2] = state.counts[2] + looks
    if at_edge == 0:
        return False
    is_border = is_border or at_edge != 2
    if state.kind[a] != INSIDE and state.kind[b] != INSIDE and not is_border:
        return False
    shared = int(0)
    counted = new_mark(state)
    looks = int(0)
    corner = int(state.head[b])
    while corner >= 0:
        looks += 1
        face = corner / 3
        if state.alive[face] == 1:
            for i in range(3):
                vertex = state.faces[face, i]
                if vertex != a and vertex != b and state.mark[vertex] == mark:
                    shared += 1
                    state.mark[vertex] = counted
        corner = state.following[corner]
    state.counts[2] = state.counts[2] + looks
    if shared != at_edge:
        return False
    return not (is_roofed(state, a, b, counted) and is_roofed(state, b, a, counted))


@wp.func
def keeps_faces(state: CollapseState, vertex: int, other: int, p: wp.vec3d) -> bool:
    """Whether the faces around a vertex, but those at the edge, stay upright when it moves to a point."""
    corner = int(state.head[vertex])
    upright = bool(True)
    while corner >= 0 and upright:
        face = corner / 3
        if state.alive[face] == 1:
            if not has(state, face, other):
                i = corner % 3
                u = state.points[state.faces[face, (i + 1) % 3]]
                v = state.points[state.faces[face, (i + 2) % 3]]
                before = wp.cross(u - state.points[vertex], v - state.points[vertex])
                after = wp.cross(u - p, v - p)
                was = wp.length(before)
                now = wp.length(after)
                longest = wp.max(wp.max(wp.length_sq(u - p), wp.length_sq(v - p)), wp.length_sq(u - v))
                upright = wp.dot(before, after) > state.least_cosine * was * now
                if now < state.least_height * longest:
                    # It may be as flat as it was.
                    upright = upright and now >= was
                if was == wp.float64(0.0):
                    upright = True
        corner = state.following[corner]
    return upright
