"""Moves vertices with the joints that they follow: linear blend and dual quaternions.

Both kernels add up how far a vertex goes and not where it goes to, so that a joint in its rest pose, whose
move is 0, leaves the bits of its vertices as they are, whatever the weights sum to.

Source: Kavan, Collins, Zara and O'Sullivan 2007, "Skinning with Dual Quaternions".
"""
# ruff: noqa: PLR0917 - Warp kernels are launched without keywords
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

__all__ = ["dual_quaternion_kernel", "linear_blend_kernel"]

INFLUENCE_COUNT = wp.constant(4)


@wp.func
def shifted(
    p: wp.vec3,
    vertex: int,
    joints: wp.array2d[wp.int32],
    weights: wp.array2d[wp.float32],
    turns: wp.array[wp.mat33],
    shifts: wp.array[wp.vec3],
) -> wp.vec3:
    """The point after the weighted mean of its joints' affine moves p -> p + turn p + shift."""
    gone = wp.vec3(0.0, 0.0, 0.0)
    for k in range(INFLUENCE_COUNT):
        joint = joints[vertex, k]
        gone = gone + weights[vertex, k] * (turns[joint] * p + shifts[joint])
    return p + gone


@wp.kernel(enable_backward=False)
def linear_blend_kernel(
    vertices: wp.array[wp.vec3],
    joints: wp.array2d[wp.int32],
    weights: wp.array2d[wp.float32],
    turns: wp.array[wp.mat33],
    shifts: wp.array[wp.vec3],
    moved: wp.array[wp.vec3],
) -> None:
    """Each vertex under the mean of its joints' matrices, given less the identity: `turns`, `shifts`."""
    vertex = wp.tid()
    moved[vertex] = shifted(vertices[vertex], vertex, joints, weights, turns, shifts)


@wp.kernel(enable_backward=False)
def dual_quaternion_kernel(
    vertices: wp.array[wp.vec3],
    joints: wp.array2d[wp.int32],
    weights: wp.array2d[wp.float32],
    stretches: wp.array[wp.mat33],
    shifts: wp.array[wp.vec3],
    reals: wp.array[wp.vec4],
    duals: wp.array[wp.vec4],
    moved: wp.array[wp.vec3],
) -> None:
    """Each vertex stretched in the rest pose, linearly, and then moved by the blended dual quaternion.

    Quaternions are x, y, z, w. Those that lie in the half sphere opposite to the heaviest joint's are turned
    round, so that the blend goes the short way.
    """
    vertex = wp.tid()
    p = shifted(vertices[vertex], vertex, joints, weights, stretches, shifts)
    first = reals[joints[vertex, 0]]
    real = wp.vec4(0.0, 0.0, 0.0, 0.0)
    dual = wp.vec4(0.0, 0.0, 0.0, 0.0)
    for k in range(INFLUENCE_COUNT):
        joint = joints[vertex, k]
        weight = weights[vertex, k]
        if wp.dot(first, reals[joint]) < 0.0:
            weight = -weight
        real = real + weight * reals[joint]
        dual = dual + weight * duals[joint]
    size = wp.length(real)
    real = real / size
    dual = dual / size
    r = wp.vec3(real[0], real[1], real[2])
    d = wp.vec3(dual[0], dual[1], dual[2])
    turned = 2.0 * wp.cross(r, wp.cross(r, p) + real[3] * p)
    gone = 2.0 * (real[3] * d - dual[3] * r + wp.cross(r, d))
    moved[vertex] = p + turned + gone
