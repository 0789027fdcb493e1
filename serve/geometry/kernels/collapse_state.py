"""What edge collapse works on: a mesh whose faces can be walked around each vertex, and a heap of edges."""
# ruff: noqa: UP018 - int(0) and bool(True) declare variables in Warp; 0 and True are constants
# ruff: noqa: SIM102 - Warp evaluates both sides of `and`
# mypy: disable-error-code="untyped-decorator,misc,no-any-return,assignment,call-overload"

from __future__ import annotations

import warp as wp

__all__ = ["CORNER", "CURVE", "INSIDE", "CollapseState", "pop_edge", "push_edge", "sift_down"]

INSIDE = wp.constant(0)  # kinds of vertices: all around it is one part;
CURVE = wp.constant(1)  # it lies on a border of parts or a rim;
CORNER = wp.constant(2)  # borders end or meet there


@wp.struct
class CollapseState:
    """A mesh under collapse; V vertices, F faces, a heap of up to H edges.

    Corners of faces, 3f+i, hang in a list at their vertex: `head`, then `following`, to `tail`.

    points: [V]; quadrics: [V, 10], the upper triangle of each vertex's symmetric 4 x 4 matrix, row by row.
    faces: [F, 3]; part: [F]; alive: [F].
    head, tail: [V]; following: [3F]; -1 ends a list.
    kind, version, mark: [V]; version grows whenever a vertex moves.
    costs, first, second, stamps: [H], the heap.
    least_cosine: of the angle by which a face may turn. least_height: of a face over its longest side, as a
    share of that; one that is lower already may not become lower still.
    counts: [4]: faces alive, edges in the heap, corners looked at since the launch, the newest mark.
    """

    points: wp.array[wp.vec3d]
    quadrics: wp.array2d[wp.float64]
    faces: wp.array2d[wp.int32]
    part: wp.array[wp.int32]
    alive: wp.array[wp.int32]
    head: wp.array[wp.int32]
    tail: wp.array[wp.int32]
    following: wp.array[wp.int32]
    kind: wp.array[wp.int32]
    version: wp.array[wp.int32]
    mark: wp.array[wp.int32]
    costs: wp.array[wp.float64]
    first: wp.array[wp.int32]
    second: wp.array[wp.int32]
    stamps: wp.array[wp.int32]
    least_cosine: wp.float64
    least_height: wp.float64
    counts: wp.array[wp.int32]


@wp.func
def comes_before(state: CollapseState, one: int, other: int) -> bool:
    """Whether an entry of the heap is cheaper; of equal ones the one with the lower vertices."""
    if state.costs[one] != state.costs[other]:
        return state.costs[one] < state.costs[other]
    if state.first[one] != state.first[other]:
        return state.first[one] < state.first[other]
    return state.second[one] < state.second[other]


@wp.func
def swap(state: CollapseState, one: int, other: int) -> None:
    """Exchange two entries of the heap."""
    cost = state.costs[one]
    first = state.first[one]
    second = state.second[one]
    stamp = state.stamps[one]
    state.costs[one] = state.costs[other]
    state.first[one] = state.first[other]
    state.second[one] = state.second[other]
    state.stamps[one] = state.stamps[other]
    state.costs[other] = cost
    state.first[other] = first
    state.second[other] = second
    state.stamps[other] = stamp


@wp.func
def sift_down(state: CollapseState, start: int, size: int) -> None:
    """Let an entry sink to where both below it are dearer."""
    place = int(start)
    sinking = bool(True)
    while sinking:
        least = int(place)
        for side in range(1, 3):
            below = 2 * place + side
            if below < size:
                if comes_before(state, below, least):
                    least = below
        sinking = least != place
        if sinking:
            swap(state, place, least)
            place = least


@wp.func
def push_edge(state: CollapseState, cost: wp.float64, a: int, b: int) -> None:
    """Put an edge into the heap; a full one forgets it until it is filled anew."""
    place = int(state.counts[1])
    if place >= state.costs.shape[0]:
        return
    state.counts[1] = place + 1
    state.costs[place] = cost
    state.first[place] = wp.min(a, b)
    state.second[place] = wp.max(a, b)
    state.stamps[place] = state.version[a] + state.version[b]
    rising = bool(place > 0)
    while rising:
        above = (place - 1) / 2
        rising = comes_before(state, place, above)
        if rising:
            swap(state, place, above)
            place = above
            rising = place > 0


@wp.func
def pop_edge(state: CollapseState) -> wp.vec3i:
    """Take the cheapest edge out: its vertices and their stamp."""
    edge = wp.vec3i(state.first[0], state.second[0], state.stamps[0])
    size = state.counts[1] - 1
    state.counts[1] = size
    swap(state, 0, size)
    sift_down(state, 0, size)
    return edge
