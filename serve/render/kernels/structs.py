"""What the kernels are handed, and what they hand on to each other."""
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import warp as wp

__all__ = [
    "Beam",
    "Body",
    "Crowd",
    "Exposure",
    "Film",
    "Glimpse",
    "Glow",
    "Hit",
    "Lens",
    "Looks",
    "Maps",
    "Panel",
    "Sampling",
    "SceneView",
    "Spot",
    "Studio",
    "Surroundings",
]


@wp.struct
class Lens:
    """A pinhole camera; `right` and `up` reach from the picture's centre to its borders at distance 1."""

    eye: wp.vec3
    right: wp.vec3
    up: wp.vec3
    forward: wp.vec3


@wp.struct
class Sampling:
    """Picture size in pixels, samples for each pixel, the seed, and whether pixels share their jitter.

    An interleaved picture is lit at every second pixel, as the black squares of a chessboard.
    """

    width: int
    height: int
    sample_count: int
    ambient_sample_count: int
    seed: int
    shared_jitter: bool
    interleaved: bool


@wp.struct
class Surroundings:
    """One `serve.render.environment.Environment`, turned by a share of a full turn.

    radiance: [H, W]; row_sums: [H + 1]; column_sums: [H, W + 1].
    """

    radiance: wp.array2d[wp.vec3]
    row_sums: wp.array[float]
    column_sums: wp.array2d[float]
    turn: float
    intensity: float


@wp.struct
class Panel:
    """One `serve.render.lighting.Panel` in metres: half its edges, the unit normal of its bright side.

    chance is how often it is drawn among all panels.
    """

    centre: wp.vec3
    half_width: wp.vec3
    half_height: wp.vec3
    normal: wp.vec3
    radiance: wp.vec3
    area: float
    chance: float


@wp.struct
class Studio:
    """The lighting of `serve.render.lighting.Lighting`, with unit directions and cosines.

    surroundings: [1], or [0] in the studio; where there are some, no sun, sky or soft box shines, and floor
    is the floor's base color.
    """

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
    has_surroundings: bool
    shows_surroundings: bool
    surroundings: wp.array[Surroundings]
    panel_count: int
    panels: wp.array[Panel]


@wp.struct
class Maps:
    """One `serve.geometry.mesh.TextureMaps`: each [H, W], or [0, 0] where there is none."""

    base_color: wp.array2d[wp.vec3ub]
    orm: wp.array2d[wp.vec3ub]
    normal: wp.array2d[wp.vec3ub]


@wp.struct
class Looks:
    """What differs from point to point of a part: colors of corners and textures; empty where there is none.

    corner_color, corner_uv and corner_tangents: [3F]; part_texture: [P] index into maps, or -1;
    linear and plain: [256] what a byte of sRGB and of other data means.
    """

    corner_color: wp.array[wp.vec3]
    corner_uv: wp.array[wp.vec2]
    corner_tangents: wp.array[wp.vec4]
    part_texture: wp.array[int]
    maps: wp.array[Maps]
    linear: wp.array[float]
    plain: wp.array[float]


@wp.struct
class Body:
    """One of the meshes of a crowd: its BVHs, 0 for none, and where its faces begin among all."""

    solid: wp.uint64
    first_solid: int
    glass: wp.uint64
    first_glass: int


@wp.struct
class Crowd:
    """Rigid bodies, each of which has its mesh's own space: a BVH over their boxes in the world.

    bodies and poses, from a body's space to the world: [B].
    """

    boxes: wp.uint64
    bodies: wp.array[Body]
    poses: wp.array[wp.transform]


@wp.struct
class SceneView:
    """The mesh on the device: solid faces first, then glass, each with a BVH of its own.

    With a crowd, [1], the BVHs are its bodies' and the tables hold all their faces in their own spaces; [0]
    where the mesh stands in the world as it is.

    corner_points and corner_normals: [3F]; face_part: [F]; base_color: [P] linear RGB;
    finish: [P] roughness, metallic and opacity; albedo: [32, 32] scale and bias of F0; looks: [1], or [0]
    where the parts' own numbers tell all (an array, because functions are handed a copy of the rest);
    centre and radius: a sphere around all that stands there now; size: the radius by which gaps and contacts
    are measured, the same in all frames of a film.
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
    has_looks: bool
    looks: wp.array[Looks]
    has_crowd: bool
    crowd: wp.array[Crowd]
    centre: wp.vec3
    radius: float
    size: float
    floor_height: float
    gap: float


@wp.struct
class Beam:
    """Light drawn for a sample: from where, and what it lends to a white matt surface that faces it.

    density is how often it is drawn, 1/sr; 0 for the sun, which no other ray meets. Only what stands within
    reach shades it.
    """

    direction: wp.vec3
    light: wp.vec3
    density: float
    reach: float


@wp.struct
class Glow:
    """A point drawn on a panel, and how often it is drawn, 1/m2; 0 where there is no panel."""

    point: wp.vec3
    normal: wp.vec3
    radiance: wp.vec3
    density: float


@wp.struct
class Hit:
    """The nearest thing on a ray: kind is NOTHING, SOLID, GLASS or FLOOR; body is an index into a crowd."""

    kind: int
    body: int
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
    occlusion: float
    f0: wp.vec3
    reflectance: wp.vec3
    balance: wp.vec3


@wp.struct
class Glimpse:
    """What one camera ray brings back: light, and which surface it came from (base color and distance).

    behind is what it saw of the floor, to be scaled by lit / whole: the light there, and what it would be in
    the open. clear is the share of the backdrop that comes through, by color and with the floor's shadow,
    and the share that no surface covers. lacks_light tells that it met something and was not to light it.
    """

    light: wp.vec3
    behind: wp.vec3
    lit: wp.vec3
    whole: wp.vec3
    clear: wp.vec4
    normal: wp.vec3
    color: wp.vec4
    lacks_light: bool


@wp.struct
class Exposure:
    """One pixel of a film; the variance of one that lacks light is `UNLIT`."""

    radiance: wp.vec3
    variance: float
    normal: wp.vec3
    color: wp.vec4
    clear: wp.vec4


@wp.struct
class Film:
    """What the camera records for each pixel, all [H, W]: means over its samples, and the light's error.

    clear is [0, 0] but where a backdrop is to be put in later: there the light is that before a white one,
    and clear as in `Glimpse`.
    """

    radiance: wp.array2d[wp.vec3]
    variance: wp.array2d[float]
    normal: wp.array2d[wp.vec3]
    color: wp.array2d[wp.vec4]
    clear: wp.array2d[wp.vec4]
