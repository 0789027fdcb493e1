"""Which cells of a grid a mesh fills, and how far inside it each is from given places."""
# ruff: noqa: RUF046, UP018 - float(1.0) and int(1) declare variables in Warp; 1.0 and 1 are constants
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

__all__ = ["nearest_face_kernel", "side_kernel", "sweep_kernel"]

ACCURACY = wp.constant(2.0)  # of the winding number: a group farther off than this many radii is one dipole
INSIDE = wp.constant(0.5)
FAR = wp.constant(1.0e30)


@wp.kernel(enable_backward=False)
def nearest_face_kernel(
    mesh: wp.uint64,
    points: wp.array[wp.vec3],
    faces: wp.array[wp.int32],
    nearest: wp.array[wp.vec3],
    distances: wp.array[float],
) -> None:
    """The face nearest to each point, the point of it, and how far that is."""
    index = wp.tid()
    query = wp.mesh_query_point_no_sign(mesh, points[index], FAR)
    place = wp.mesh_eval_position(mesh, query.face, query.u, query.v)
    faces[index] = query.face
    nearest[index] = place
    distances[index] = wp.length(place - points[index])


@wp.kernel(enable_backward=False)
def side_kernel(mesh: wp.uint64, points: wp.array[wp.vec3], sides: wp.array[float]) -> None:
    """-1 for points within what the mesh encloses, else 1."""
    index = wp.tid()
    query = wp.mesh_query_point_sign_winding_number(mesh, points[index], FAR, ACCURACY, INSIDE)
    sides[index] = query.sign


@wp.func
def lower_of(field: wp.array[float], first: int, second: int) -> float:
    """The lower value of two cells, either of which may be missing."""
    least = float(FAR)
    if first >= 0:
        least = wp.min(least, field[first])
    if second >= 0:
        least = wp.min(least, field[second])
    return least


@wp.func
def upwind(a: float, b: float, c: float, step: float) -> float:
    """The distance of a cell whose neighbours along the axes have these: Godunov's scheme."""
    low = wp.min(wp.min(a, b), c)
    high = wp.max(wp.max(a, b), c)
    mid = wp.max(wp.min(a, b), wp.min(wp.max(a, b), c))
    found = low + step
    if found > mid:
        found = 0.5 * (low + mid + wp.sqrt(wp.max(2.0 * step * step - (low - mid) * (low - mid), 0.0)))
    if found > high:
        total = low + mid + high
        squares = low * low + mid * mid + high * high - step * step
        found = (total + wp.sqrt(wp.max(total * total - 3.0 * squares, 0.0))) / 3.0
    return found


@wp.kernel(enable_backward=False)
def sweep_kernel(
    orders: wp.array2d[wp.int32],
    links: wp.array2d[wp.int32],
    step: float,
    most_rounds: int,
    fields: wp.array2d[float],
) -> None:
    """Distances through a solid, one field a thread: sweeps to and fro until nothing changes."""
    field = fields[wp.tid()]
    count = orders.shape[1]
    sweep_count = int(8)  # a variable, or the loop is unrolled
    for _round in range(most_rounds):
        is_changed = int(0)
        for sweep in range(sweep_count):
            for turn in range(count):
                place = wp.where(sweep % 2 == 1, count - 1 - turn, turn)
                cell = orders[sweep / 2, place]
                a = lower_of(field, links[cell, 0], links[cell, 1])
                b = lower_of(field, links[cell, 2], links[cell, 3])
                c = lower_of(field, links[cell, 4], links[cell, 5])
                if wp.min(wp.min(a, b), c) < FAR:
                    found = upwind(a, b, c, step)
                    if found < field[cell] - 1.0e-3 * step:
                        field[cell] = found
                        is_changed += 1
        if is_changed == 0:
            break
