"""Edge collapse by quadric error, one edge after the other: the kernel runs as a single thread.

Source: Garland and Heckbert 1997, "Surface Simplification Using Quadric Error Metrics".
"""
# ruff: noqa: RUF046, UP018 - int(0) and bool(True) declare variables in Warp; 0 and True are constants
# mypy: disable-error-code="untyped-decorator,misc,no-any-return,assignment,call-overload"

from __future__ import annotations

import warp as wp

from serve.geometry.kernels.collapse_checks import has, keeps_faces, may_join, new_mark
from serve.geometry.kernels.collapse_cost import NOTHING, best_point, edge_cost
from serve.geometry.kernels.collapse_state import CollapseState, pop_edge, push_edge, sift_down

__all__ = ["collapse_kernel", "fill_heap_kernel"]


@wp.func
def join(state: CollapseState, a: int, b: int, p: wp.vec3d) -> None:
    """Make the edge's ends one vertex, the first, at a point; the faces at the edge die."""
    corner = int(state.head[b])
    while corner >= 0:
        face = corner / 3
        if state.alive[face] == 1:
            if has(state, face, a):
                state.alive[face] = 0
                state.counts[0] = state.counts[0] - 1
            else:
                state.faces[face, corner % 3] = a
        corner = state.following[corner]
    state.following[state.tail[a]] = state.head[b]
    state.tail[a] = state.tail[b]
    state.points[a] = p
    state.kind[a] = wp.max(state.kind[a], state.kind[b])
    for k in range(10):
        state.quadrics[a, k] = state.quadrics[a, k] + state.quadrics[b, k]
    # Versions only grow, so that two stamps are equal only where nothing has changed.
    state.version[a] = state.version[a] + state.version[b] + 1
    state.version[b] = state.version[a]


@wp.func
def unlink_dead(state: CollapseState, vertex: int) -> None:
    """Take the corners of dead faces out of a vertex's list."""
    last = int(-1)
    corner = int(state.head[vertex])
    while corner >= 0:
        ahead = state.following[corner]
        if state.alive[corner / 3] == 1:
            if last < 0:
                state.head[vertex] = corner
            else:
                state.following[last] = corner
            last = corner
        corner = ahead
    if last < 0:
        state.head[vertex] = -1
    else:
        state.following[last] = -1
    state.tail[vertex] = last


@wp.func
def push_around(state: CollapseState, vertex: int) -> None:
    """Put the edges of a vertex into the heap anew."""
    mark = new_mark(state)
    state.mark[vertex] = mark
    corner = int(state.head[vertex])
    while corner >= 0:
        face = corner / 3
        for i in range(3):
            other = state.faces[face, i]
            if state.mark[other] != mark:
                state.mark[other] = mark
                cost = edge_cost(state, vertex, other)
                if cost < NOTHING:
                    push_edge(state, cost, vertex, other)
        corner = state.following[corner]


@wp.func
def is_current(state: CollapseState, a: int, b: int, stamp: int) -> bool:
    """Whether neither end has changed since the edge went into the heap."""
    return state.head[a] >= 0 and state.head[b] >= 0 and state.version[a] + state.version[b] == stamp


@wp.func
def drop_stale(state: CollapseState) -> None:
    """Make room in the heap: entries whose vertices have changed go."""
    kept = int(0)
    for place in range(state.counts[1]):
        if is_current(state, state.first[place], state.second[place], state.stamps[place]):
            state.costs[kept] = state.costs[place]
            state.first[kept] = state.first[place]
            state.second[kept] = state.second[place]
            state.stamps[kept] = state.stamps[place]
            kept += 1
    state.counts[1] = kept
    for step in range(kept / 2):
        sift_down(state, kept / 2 - 1 - step, kept)


@wp.kernel(enable_backward=False)
def fill_heap_kernel(state: CollapseState, edges: wp.array2d[wp.int32]) -> None:
    """Fill the heap with edges [E, 2]; single thread."""
    state.counts[1] = 0
    for edge in range(edges.shape[0]):
        cost = edge_cost(state, edges[edge, 0], edges[edge, 1])
        if cost < NOTHING:
            push_edge(state, cost, edges[edge, 0], edges[edge, 1])


@wp.kernel(enable_backward=False)
def collapse_kernel(state: CollapseState, target_count: int, most_looks: int) -> None:
    """Collapse the cheapest edges until few enough faces are left, or the heap is empty; single thread.

    It stops after so many looks at corners too, and goes on from there when it is launched again.
    """
    state.counts[2] = 0
    while state.counts[0] > target_count and state.counts[1] > 0 and state.counts[2] < most_looks:
        edge = pop_edge(state)
        state.counts[2] = state.counts[2] + 1
        a = edge[0]
        b = edge[1]
        if is_current(state, a, b, edge[2]):
            p = best_point(state, a, b)
            fits = may_join(state, a, b)
            if fits:
                fits = keeps_faces(state, a, b, p) and keeps_faces(state, b, a, p)
            if fits:
                join(state, a, b, p)
                unlink_dead(state, a)
                state.head[b] = -1
                if state.counts[1] > state.costs.shape[0] - 1024:
                    drop_stale(state)
                push_around(state, a)
