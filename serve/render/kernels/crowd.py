"""Rays through many rigid bodies: a BVH over their boxes, and below it each mesh's own BVH in its own space.

Two levels, as in Wald, Benthin and Slusallek, "Distributed Interactive Ray Tracing of Dynamic Scenes" (2003).
"""
# ruff: noqa: PLR0917 - Warp functions are called without keywords
# ruff: noqa: RUF046, UP018 - int(0) declares a variable in Warp; 0 is a constant
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.structs import Crowd, Hit

__all__ = ["FLOOR", "GLASS", "NOTHING", "SOLID", "is_blocked", "nearer", "nearest_body", "nearest_pane"]

NOTHING = wp.constant(0)
SOLID = wp.constant(1)
GLASS = wp.constant(2)
FLOOR = wp.constant(3)


@wp.func
def nearer(
    mesh: wp.uint64, kind: int, first_face: int, origin: wp.vec3, direction: wp.vec3, best: Hit
) -> Hit:
    """The mesh's hit if it is nearer than the best one so far."""
    found = wp.mesh_query_ray(mesh, origin, direction, best.distance)
    if found.result:
        best.kind = kind
        best.distance = found.t
        best.face = first_face + found.face
        best.u = found.u
        best.v = found.v
    return best


@wp.func
def nearest_body(crowd: Crowd, origin: wp.vec3, direction: wp.vec3, sees_glass: bool, best: Hit) -> Hit:
    """The nearest face of any body, if it is nearer than the best hit so far."""
    query = wp.bvh_query_ray(crowd.boxes, origin, direction)
    index = int(0)
    while wp.bvh_query_next(query, index, best.distance):
        inward = wp.transform_inverse(crowd.poses[index])
        start = wp.transform_point(inward, origin)
        along = wp.transform_vector(inward, direction)
        body = crowd.bodies[index]
        before = best.distance
        if body.solid != wp.uint64(0):
            best = nearer(body.solid, SOLID, body.first_solid, start, along, best)
        if sees_glass and body.glass != wp.uint64(0):
            best = nearer(body.glass, GLASS, body.first_glass, start, along, best)
        if best.distance < before:
            best.body = index
    return best


@wp.func
def nearest_pane(crowd: Crowd, origin: wp.vec3, direction: wp.vec3, best: Hit) -> Hit:
    """The nearest glass of any body, if it is nearer than the best hit so far."""
    query = wp.bvh_query_ray(crowd.boxes, origin, direction)
    index = int(0)
    while wp.bvh_query_next(query, index, best.distance):
        body = crowd.bodies[index]
        if body.glass != wp.uint64(0):
            inward = wp.transform_inverse(crowd.poses[index])
            start = wp.transform_point(inward, origin)
            before = best.distance
            best = nearer(
                body.glass, GLASS, body.first_glass, start, wp.transform_vector(inward, direction), best
            )
            if best.distance < before:
                best.body = index
    return best


@wp.func
def is_blocked(crowd: Crowd, origin: wp.vec3, direction: wp.vec3, reach: float) -> bool:
    """Whether a solid face of any body stands within reach."""
    query = wp.bvh_query_ray(crowd.boxes, origin, direction)
    index = int(0)
    while wp.bvh_query_next(query, index, reach):
        body = crowd.bodies[index]
        if body.solid != wp.uint64(0):
            inward = wp.transform_inverse(crowd.poses[index])
            start = wp.transform_point(inward, origin)
            if wp.mesh_query_ray_anyhit(body.solid, start, wp.transform_vector(inward, direction), reach):
                return True
    return False
