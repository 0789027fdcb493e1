"""How a point of a surface looks: from its part's numbers, its face's corners, or its texture."""

# mypy: disable-error-code="untyped-decorator,misc,no-any-return"

from __future__ import annotations

import warp as wp

from serve.render.kernels.structs import Hit, SceneView

__all__ = ["color_at", "corner", "finish_at", "normal_at"]


@wp.func
def color_at(scene: SceneView, hit: Hit) -> wp.vec3:
    """Linear base color: the texture's, else the corners', else the part's."""
    part = scene.face_part[hit.face]
    color = scene.base_color[part]
    if scene.has_looks:
        texture = scene.looks[0].part_texture[part]
        if texture >= 0:
            uv = _place(scene.looks[0].corner_uv, hit)
            color = _texel(scene.looks[0].maps[texture].base_color, scene.looks[0].linear, uv)
        elif scene.looks[0].corner_color.shape[0] > 0:
            color = corner(scene.looks[0].corner_color, hit.face, hit.u, hit.v)
    return color


@wp.func
def finish_at(scene: SceneView, hit: Hit) -> wp.vec4:
    """Ambient occlusion (1 is open), roughness, metallic and opacity."""
    part = scene.face_part[hit.face]
    numbers = scene.finish[part]
    finish = wp.vec4(1.0, numbers[0], numbers[1], numbers[2])
    if scene.has_looks:
        texture = scene.looks[0].part_texture[part]
        if texture >= 0 and scene.looks[0].maps[texture].orm.shape[0] > 0:
            uv = _place(scene.looks[0].corner_uv, hit)
            orm = _texel(scene.looks[0].maps[texture].orm, scene.looks[0].plain, uv)
            finish = wp.vec4(orm[0], orm[1], orm[2], numbers[2])
    return finish


@wp.func
def normal_at(scene: SceneView, hit: Hit) -> wp.vec3:
    """The unit shading normal on the outside: that of the corners, bent by the normal map."""
    normal = wp.normalize(corner(scene.corner_normals, hit.face, hit.u, hit.v))
    if scene.has_looks:
        texture = scene.looks[0].part_texture[scene.face_part[hit.face]]
        if texture >= 0 and scene.looks[0].maps[texture].normal.shape[0] > 0:
            uv = _place(scene.looks[0].corner_uv, hit)
            levels = _texel(scene.looks[0].maps[texture].normal, scene.looks[0].plain, uv)
            bent = 2.0 * levels - wp.vec3(1.0)
            tangent = _tangent(scene.looks[0].corner_tangents, hit)
            along = wp.vec3(tangent[0], tangent[1], tangent[2])
            across = tangent[3] * wp.cross(normal, along)
            normal = wp.normalize(bent[0] * along + bent[1] * across + bent[2] * normal)
    return normal


@wp.func
def corner(values: wp.array[wp.vec3], face: int, u: float, v: float) -> wp.vec3:
    """A value between a face's three corners; the third weight is 1 - u - v."""
    return u * values[3 * face] + v * values[3 * face + 1] + (1.0 - u - v) * values[3 * face + 2]


@wp.func
def _place(corner_uv: wp.array[wp.vec2], hit: Hit) -> wp.vec2:
    """The texture coordinates of a hit."""
    rest = 1.0 - hit.u - hit.v
    first = 3 * hit.face
    return hit.u * corner_uv[first] + hit.v * corner_uv[first + 1] + rest * corner_uv[first + 2]


@wp.func
def _tangent(corner_tangents: wp.array[wp.vec4], hit: Hit) -> wp.vec4:
    """The unit tangent of a hit, and the bitangent's sign, which a face's corners share."""
    rest = 1.0 - hit.u - hit.v
    first = 3 * hit.face
    mean = (
        hit.u * corner_tangents[first]
        + hit.v * corner_tangents[first + 1]
        + rest * corner_tangents[first + 2]
    )
    along = wp.normalize(wp.vec3(mean[0], mean[1], mean[2]))
    return wp.vec4(along[0], along[1], along[2], corner_tangents[first][3])


@wp.func
def _texel(picture: wp.array2d[wp.vec3ub], levels: wp.array[float], uv: wp.vec2) -> wp.vec3:
    """Between the four nearest texels, each decoded first; the picture repeats (glTF 2.0, section 3.8.4)."""
    height = picture.shape[0]
    width = picture.shape[1]
    x = (uv[0] - wp.floor(uv[0])) * float(width) - 0.5
    y = (uv[1] - wp.floor(uv[1])) * float(height) - 0.5
    left = int(wp.floor(x))
    top = int(wp.floor(y))
    row = wp.where(top < 0, height - 1, top)
    below = wp.where(top + 1 < height, top + 1, 0)
    column = wp.where(left < 0, width - 1, left)
    beside = wp.where(left + 1 < width, left + 1, 0)
    share = x - float(left)
    upper = wp.lerp(_decoded(picture[row, column], levels), _decoded(picture[row, beside], levels), share)
    lower = wp.lerp(_decoded(picture[below, column], levels), _decoded(picture[below, beside], levels), share)
    return wp.lerp(upper, lower, y - float(top))


@wp.func
def _decoded(texel: wp.vec3ub, levels: wp.array[float]) -> wp.vec3:
    """What the three bytes of a texel mean."""
    return wp.vec3(levels[int(texel[0])], levels[int(texel[1])], levels[int(texel[2])])
