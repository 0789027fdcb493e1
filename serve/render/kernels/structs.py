"""What the kernels are handed, and what they hand on to each other."""
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import warp as wp

__all__ = ["Film", "Glimpse", "Hit", "Lens", "Sampling", "SceneView", "Spot", "Studio"]


@wp.struct
class Lens:
    """A pinhole camera; `right` and `up` reach from the picture's centre to its borders at distance 1."""

    eye: wp.vec3
    right: wp.vec3
    up: wp.vec3
    forward: wp.vec3


@wp.struct
class Sampling:
    """Picture size in pixels, samples for each pixel, and the seed."""

    width: int
    height: int
    sample_count: int
    ambient_sample_count: int
    seed: int


@wp.struct
class Studio:
    """The lighting of `serve.render.lighting.Lighting`, with unit directions and cosines."""

    sun_direction: wp.vec3
    sun: wp.vec3
    sun_cosine: float
    zenith: wp.vec3
    horizon: wp.vec3
    floor: wp.vec3
    floor_sun_share: float
    key_direction: wp.vec3
    key: wp.vec3
    key_cosines: wp.vec2
    rim_direction: wp.vec3
    rim: wp.vec3
    rim_cosines: wp.vec2
    backdrop: wp.vec3
    backdrop_edge: wp.vec3
    has_floor: bool


@wp.struct
class SceneView:
    """The mesh on the device: solid faces first, then glass, each with a BVH of its own.

    corner_points and corner_normals: [3F]; face_part: [F]; base_color: [P] linear RGB;
    finish: [P] roughness, metallic and opacity; albedo: [32, 32] scale and bias of F0.
    """

    solid: wp.uint64
    solid_count: int
    glass: wp.uint64
    glass_count: int
    corner_points: wp.array[wp.vec3]
    corner_normals: wp.array[wp.vec3]
    face_part: wp.array[int]
    base_color: wp.array[wp.vec3]
    finish: wp.array[wp.vec3]
    albedo: wp.array2d[wp.vec2]
    centre: wp.vec3
    radius: float
    floor_height: float
    gap: float


@wp.struct
class Hit:
    """The nearest thing on a ray: kind is NOTHING, SOLID, GLASS or FLOOR."""

    kind: int
    distance: float
    face: int
    u: float
    v: float


@wp.struct
class Spot:
    """A lit point of a surface: normals towards the viewer, and where its outgoing rays start."""

    start: wp.vec3
    normal: wp.vec3
    facing: wp.vec3
    view: wp.vec3
    view_cosine: float
    base_color: wp.vec3
    roughness: float
    metallic: float
    cover: float
    f0: wp.vec3
    reflectance: wp.vec3
    balance: wp.vec3


@wp.struct
class Glimpse:
    """What one camera ray brings back: light, and which surface it came from (base color and distance)."""

    light: wp.vec3
    normal: wp.vec3
    color: wp.vec4


@wp.struct
class Film:
    """What the camera records for each pixel, all [H, W]: means over its samples, and the light's error."""

    radiance: wp.array2d[wp.vec3]
    variance: wp.array2d[float]
    normal: wp.array2d[wp.vec3]
    color: wp.array2d[wp.vec4]
