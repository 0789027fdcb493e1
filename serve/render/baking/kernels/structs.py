"""What the baker's kernels are handed and what they fill."""
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import warp as wp

__all__ = ["Findings", "TargetView"]


@wp.struct
class TargetView:
    """The target on the device, and which of its texels are filled.

    corner_places: [3F] texture coordinates in texels; corner_points, corner_normals: [3F];
    corner_tangents: [3F] with the bitangent's sign; face_part: [F]; source_part: [P] the source's part of the
    same name, or -1 for any; is_glass: [P]; texels: [N] row and column; texel_faces: [N].
    """

    corner_places: wp.array[wp.vec2]
    corner_points: wp.array[wp.vec3]
    corner_normals: wp.array[wp.vec3]
    corner_tangents: wp.array[wp.vec4]
    face_part: wp.array[int]
    source_part: wp.array[int]
    is_glass: wp.array[int]
    texels: wp.array[wp.vec2i]
    texel_faces: wp.array[int]


@wp.struct
class Findings:
    """What the source shows at each of N texels.

    As the bytes of a map: color, sRGB; finish: ambient occlusion, roughness, metallic; bend: the source's
    normal in the target's tangent space. In the world: start, where rays leave the source; normal and facing,
    unit, of its shading and of its face.
    """

    color: wp.array[wp.vec3ub]
    finish: wp.array[wp.vec3ub]
    bend: wp.array[wp.vec3ub]
    start: wp.array[wp.vec3]
    normal: wp.array[wp.vec3]
    facing: wp.array[wp.vec3]
