"""Which face each texel of an atlas belongs to, and the nearest such texel for those of none."""
# ruff: noqa: RUF046, UP018 - int(0) and float(0.0) declare variables in Warp; 0 and 0.0 are constants
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

__all__ = ["claim_texels", "flood_step", "place_on_face"]

# A texel whose centre lies outside of every face, but as near as this to one, takes its nearest point.
REACH_TEXELS = wp.constant(1.0)
# Distances are compared in steps of 1/1024 texel; equal ones go to the lowest face, on every device.
STEPS_PER_TEXEL = wp.constant(1024.0)
FACE_RANGE = wp.constant(wp.int64(4294967296))


@wp.func
def edge_share(point: wp.vec2, start: wp.vec2, end: wp.vec2) -> float:
    """How far along an edge its nearest point lies, 0 to 1."""
    edge = end - start
    return wp.clamp(wp.dot(point - start, edge) / wp.max(wp.dot(edge, edge), 1.0e-20), 0.0, 1.0)


@wp.func
def nearest_weights(point: wp.vec2, a: wp.vec2, b: wp.vec2, c: wp.vec2) -> wp.vec3:
    """Barycentric weights of the point of a triangle that is nearest to a point of the plane."""
    ab = b - a
    ac = c - a
    ap = point - a
    area = ab[0] * ac[1] - ab[1] * ac[0]
    weight_b = (ap[0] * ac[1] - ap[1] * ac[0]) / wp.where(area == 0.0, 1.0, area)
    weight_c = (ab[0] * ap[1] - ab[1] * ap[0]) / wp.where(area == 0.0, 1.0, area)
    weights = wp.vec3(1.0 - weight_b - weight_c, weight_b, weight_c)
    if area == 0.0 or wp.min(weights) < 0.0:
        along_ab = edge_share(point, a, b)
        along_bc = edge_share(point, b, c)
        along_ca = edge_share(point, c, a)
        to_ab = wp.length_sq(a + along_ab * ab - point)
        to_bc = wp.length_sq(b + along_bc * (c - b) - point)
        to_ca = wp.length_sq(c + along_ca * (a - c) - point)
        weights = wp.vec3(1.0 - along_ab, along_ab, 0.0)
        if to_bc < to_ab and to_bc <= to_ca:
            weights = wp.vec3(0.0, 1.0 - along_bc, along_bc)
        elif to_ca < to_ab:
            weights = wp.vec3(along_ca, 0.0, 1.0 - along_ca)
    return weights


@wp.func
def place_on_face(corner_places: wp.array[wp.vec2], face: int, row: int, column: int) -> wp.vec3:
    """Barycentric weights of the face's point nearest to a texel's centre."""
    centre = wp.vec2(float(column) + 0.5, float(row) + 0.5)
    first = 3 * face
    return nearest_weights(centre, corner_places[first], corner_places[first + 1], corner_places[first + 2])


@wp.kernel(enable_backward=False)
def claim_texels(corner_places: wp.array[wp.vec2], claims: wp.array2d[wp.int64]) -> None:
    """Each face claims the texels whose centres it covers or almost touches; the nearest face gets them.

    corner_places: [3F], texels; claims: [H, W], distance in steps * 2^32 + face.
    """
    face = wp.tid()
    a = corner_places[3 * face]
    b = corner_places[3 * face + 1]
    c = corner_places[3 * face + 2]
    low = wp.min(wp.min(a, b), c) - wp.vec2(REACH_TEXELS + 0.5)
    high = wp.max(wp.max(a, b), c) + wp.vec2(REACH_TEXELS - 0.5)
    last_row = wp.min(int(wp.floor(high[1])), claims.shape[0] - 1)
    last_column = wp.min(int(wp.floor(high[0])), claims.shape[1] - 1)
    for row in range(wp.max(int(wp.ceil(low[1])), 0), last_row + 1):
        for column in range(wp.max(int(wp.ceil(low[0])), 0), last_column + 1):
            centre = wp.vec2(float(column) + 0.5, float(row) + 0.5)
            weights = nearest_weights(centre, a, b, c)
            distance = wp.length(weights[0] * a + weights[1] * b + weights[2] * c - centre)
            if distance < REACH_TEXELS:
                steps = wp.int64(int(distance * STEPS_PER_TEXEL))
                wp.atomic_min(claims, row, column, steps * FACE_RANGE + wp.int64(face))


@wp.kernel(enable_backward=False)
def flood_step(nearest: wp.array2d[wp.vec2i], stride: int, found: wp.array2d[wp.vec2i]) -> None:
    """One pass of jump flooding (Rong and Tan, I3D 2006): the nearest seed that any of nine taps knows.

    nearest and found: [H, W], row and column of a seed, or a negative row.
    """
    row, column = wp.tid()
    best = nearest[row, column]
    if best[0] == row and best[1] == column:
        found[row, column] = best
        return
    least = int(2147483647)
    if best[0] >= 0:
        least = (best[0] - row) * (best[0] - row) + (best[1] - column) * (best[1] - column)
    for k in range(9):
        i = row + (k // 3 - 1) * stride
        j = column + (k % 3 - 1) * stride
        if i >= 0 and i < nearest.shape[0] and j >= 0 and j < nearest.shape[1]:
            seed = nearest[i, j]
            if seed[0] >= 0:
                square = (seed[0] - row) * (seed[0] - row) + (seed[1] - column) * (seed[1] - column)
                if square < least:
                    least = square
                    best = seed
    found[row, column] = best
