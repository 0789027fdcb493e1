"""Finds the source's point for each texel of the target, and writes down what it looks like."""
# ruff: noqa: PLR0917 - Warp functions are called without keywords
# ruff: noqa: RUF046, UP018 - int(0) and float(0.0) declare variables in Warp; 0 and 0.0 are constants
# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.baking.kernels.raster import place_on_face
from serve.render.baking.kernels.structs import Findings, TargetView
from serve.render.kernels.looks import color_at, corner, finish_at, normal_at
from serve.render.kernels.structs import Hit, SceneView
from serve.render.kernels.visibility import FAR, GLASS, NOTHING, SOLID

__all__ = ["transfer_texels"]

# The nearest point is taken at once where its face turns by less than 20 degrees from the target's normal;
# among all that are near, those that turn by less than 87.
SURE_COSINE = wp.constant(0.94)
LEAST_COSINE = wp.constant(0.05)
# How much farther a point may lie that looks the same way, as a share of the scene's radius.
TURN_COST = wp.constant(0.01)


@wp.func
def facing_of(scene: SceneView, face: int) -> wp.vec3:
    """The unit normal of a source face."""
    a = scene.corner_points[3 * face]
    return wp.normalize(
        wp.cross(scene.corner_points[3 * face + 1] - a, scene.corner_points[3 * face + 2] - a)
    )


@wp.func
def weights_in(scene: SceneView, face: int, point: wp.vec3) -> wp.vec3:
    """Barycentric weights of the face's point nearest to a point (Ericson 2005, section 5.1.5)."""
    a = scene.corner_points[3 * face]
    b = scene.corner_points[3 * face + 1]
    c = scene.corner_points[3 * face + 2]
    d1 = wp.dot(b - a, point - a)
    d2 = wp.dot(c - a, point - a)
    d3 = wp.dot(b - a, point - b)
    d4 = wp.dot(c - a, point - b)
    d5 = wp.dot(b - a, point - c)
    d6 = wp.dot(c - a, point - c)
    va = d3 * d6 - d5 * d4
    vb = d5 * d2 - d1 * d6
    vc = d1 * d4 - d3 * d2
    weights = wp.vec3(va, vb, vc) / wp.max(va + vb + vc, 1.0e-30)
    if d1 <= 0.0 and d2 <= 0.0:
        weights = wp.vec3(1.0, 0.0, 0.0)
    elif d3 >= 0.0 and d4 <= d3:
        weights = wp.vec3(0.0, 1.0, 0.0)
    elif d6 >= 0.0 and d5 <= d6:
        weights = wp.vec3(0.0, 0.0, 1.0)
    elif vc <= 0.0 and d1 >= 0.0 and d3 <= 0.0:
        share = d1 / wp.max(d1 - d3, 1.0e-30)
        weights = wp.vec3(1.0 - share, share, 0.0)
    elif vb <= 0.0 and d2 >= 0.0 and d6 <= 0.0:
        share = d2 / wp.max(d2 - d6, 1.0e-30)
        weights = wp.vec3(1.0 - share, 0.0, share)
    elif va <= 0.0 and d4 - d3 >= 0.0 and d5 - d6 >= 0.0:
        share = (d4 - d3) / wp.max((d4 - d3) + (d5 - d6), 1.0e-30)
        weights = wp.vec3(0.0, 1.0 - share, share)
    return weights


@wp.func
def cosine_on(scene: SceneView, face: int, normal: wp.vec3, part: int) -> float:
    """How far a source face looks the same way, -1 where it is another part's."""
    cosine = wp.dot(facing_of(scene, face), normal)
    return wp.where(part >= 0 and scene.face_part[face] != part, -1.0, cosine)


@wp.func
def searched(
    scene: SceneView, bvh: wp.uint64, first_face: int, point: wp.vec3, normal: wp.vec3, part: int, first: Hit
) -> Hit:
    """The best face around: near, of the part, and looking the same way. Else the first that was found."""
    best = Hit()
    best.kind = first.kind
    best.distance = first.distance
    best.face = first.face
    best.u = first.u
    best.v = first.v
    least = float(FAR)
    reach = wp.vec3(1.5 * first.distance + TURN_COST * scene.radius)
    query = wp.mesh_query_aabb(bvh, point - reach, point + reach)
    index = int(0)
    while wp.mesh_query_aabb_next(query, index):
        face = first_face + index
        cosine = cosine_on(scene, face, normal, part)
        if cosine > LEAST_COSINE:
            weights = weights_in(scene, face, point)
            place = corner(scene.corner_points, face, weights[0], weights[1])
            distance = wp.length(place - point)
            cost = distance + TURN_COST * scene.radius * (1.0 - cosine)
            if cost < least or (cost == least and face < best.face):
                least = cost
                best.distance = distance
                best.face = face
                best.u = weights[0]
                best.v = weights[1]
    return best


@wp.func
def source_point(scene: SceneView, is_glass: bool, point: wp.vec3, normal: wp.vec3, part: int) -> Hit:
    """The point of the source that the target's point stands for.

    Nearest first: so thin walls take their own side, and borders their own part.
    """
    bvh = wp.where(is_glass, scene.glass, scene.solid)
    first_face = wp.where(is_glass, scene.solid_count, 0)
    hit = Hit()
    hit.kind = NOTHING
    nearest = wp.mesh_query_point_no_sign(bvh, point, FAR)
    if nearest.result:
        hit.kind = wp.where(is_glass, GLASS, SOLID)
        hit.face = first_face + nearest.face
        hit.u = nearest.u
        hit.v = nearest.v
        hit.distance = wp.length(corner(scene.corner_points, hit.face, hit.u, hit.v) - point)
        if cosine_on(scene, hit.face, normal, part) < SURE_COSINE:
            hit = searched(scene, bvh, first_face, point, normal, part, hit)
    return hit


@wp.func
def in_tangent_space(target: TargetView, face: int, weights: wp.vec3, normal: wp.vec3) -> wp.vec3:
    """A unit normal in the target's tangent space (glTF 2.0, section 3.9.3), never below the surface."""
    up = wp.normalize(corner(target.corner_normals, face, weights[0], weights[1]))
    mean = wp.vec4()
    for k in range(3):
        mean += weights[k] * target.corner_tangents[3 * face + k]
    along = wp.normalize(wp.vec3(mean[0], mean[1], mean[2]))
    across = target.corner_tangents[3 * face][3] * wp.cross(up, along)
    # Solves n = x along + y across + z up, as whoever reads the map does: along may not be perpendicular.
    slant = wp.dot(along, up)
    x = (wp.dot(normal, along) - slant * wp.dot(normal, up)) / wp.max(1.0 - slant * slant, 1.0e-6)
    y = wp.dot(normal, across) / wp.max(wp.length_sq(across), 1.0e-6)
    z = wp.dot(normal, up) - slant * x
    return wp.normalize(wp.vec3(x, y, wp.max(z, 0.05)))


@wp.func
def srgb(linear: float) -> float:
    """The sRGB transfer function (IEC 61966-2-1)."""
    power = 1.055 * wp.pow(wp.clamp(linear, 0.0031308, 1.0), 0.41666666) - 0.055
    return wp.where(linear <= 0.0031308, 12.92 * wp.max(linear, 0.0), power)


@wp.func
def as_bytes(values: wp.vec3) -> wp.vec3ub:
    """Values in [0, 1] to the nearest of 256 steps."""
    steps = 255.0 * wp.min(wp.max(values, wp.vec3(0.0)), wp.vec3(1.0)) + wp.vec3(0.5)
    return wp.vec3ub(wp.uint8(steps[0]), wp.uint8(steps[1]), wp.uint8(steps[2]))


@wp.kernel(enable_backward=False)
def transfer_texels(scene: SceneView, target: TargetView, first: int, findings: Findings) -> None:
    """Write down what the source shows at each texel of a batch."""
    index = first + wp.tid()
    face = target.texel_faces[index]
    texel = target.texels[index]
    weights = place_on_face(target.corner_places, face, texel[0], texel[1])
    point = corner(target.corner_points, face, weights[0], weights[1])
    normal = wp.normalize(corner(target.corner_normals, face, weights[0], weights[1]))
    part = target.face_part[face]
    is_glass = (target.is_glass[part] == 1 and scene.glass_count > 0) or scene.solid_count == 0
    hit = source_point(scene, is_glass, point, normal, target.source_part[part])
    facing = facing_of(scene, hit.face)
    shown = normal_at(scene, hit)
    color = color_at(scene, hit)
    finish = finish_at(scene, hit)
    bend = in_tangent_space(target, face, weights, shown)
    findings.color[index] = as_bytes(wp.vec3(srgb(color[0]), srgb(color[1]), srgb(color[2])))
    findings.finish[index] = as_bytes(wp.vec3(finish[0], finish[1], finish[2]))
    findings.bend[index] = as_bytes(wp.vec3(0.5) + 0.5 * bend)
    place = corner(scene.corner_points, hit.face, hit.u, hit.v)
    findings.start[index] = place + 2.0 * scene.gap * facing
    findings.normal[index] = wp.normalize(corner(scene.corner_normals, hit.face, hit.u, hit.v))
    findings.facing[index] = facing
