"""A rasteriser as `benchmarks.render` times it: moderngl on Mesa's llvmpipe, without a window.

One pass in OpenGL 3.3 with four samples a pixel: a sun on matt and glossy surfaces (GGX), even ambient light,
glass blended over the rest. No shadow and no bounce, so its error says what such a picture leaves out.
"""

from __future__ import annotations

from ctypes.util import find_library
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.render_scene import BenchPart
from benchmarks.render_taking import MissingToolError, Opened, Order, Way

__all__ = ["open_raster"]

_SAMPLE_COUNT = 4
_NEAR_M, _FAR_M = 0.05, 50.0

_VERTEX = """
#version 330
uniform mat4 to_clip;
in vec3 point;
in vec3 normal;
out vec3 place;
out vec3 facing;
void main() { place = point; facing = normal; gl_Position = to_clip * vec4(point, 1.0); }
"""
_FRAGMENT = """
#version 330
uniform vec3 eye, sun, color;
uniform float white, ambient, roughness, metallic, cover;
in vec3 place;
in vec3 facing;
out vec4 radiance;
void main() {
    vec3 view = normalize(eye - place), n = normalize(facing);
    n = dot(n, view) < 0.0 ? -n : n;
    vec3 half_way = normalize(view + sun), f0 = mix(vec3(0.04), color, metallic);
    float nl = max(dot(n, sun), 0.0), nv = max(dot(n, view), 1e-3), nh = dot(n, half_way);
    float a2 = max(pow(roughness, 4.0), 1e-3), d = nh * nh * (a2 - 1.0) + 1.0;
    float v = 0.5 / (nl * sqrt(nv * nv * (1.0 - a2) + a2) + nv * sqrt(nl * nl * (1.0 - a2) + a2) + 1e-6);
    vec3 fresnel = f0 + (1.0 - f0) * pow(1.0 - max(dot(view, half_way), 0.0), 5.0);
    vec3 matt = color * (1.0 - metallic) * (1.0 - f0);
    vec3 light = matt * (ambient + white * nl) + f0 * ambient + fresnel * (a2 / (d * d) * v * nl * white);
    radiance = vec4(light, cover);
}
"""


def open_raster(order: Order) -> Opened:
    """The shared scene in buffers of an OpenGL context.

    Raises:
        MissingToolError: There is no EGL.
    """
    import moderngl  # type: ignore[import-not-found]

    if find_library("EGL") is None:
        raise MissingToolError("no EGL")
    context = moderngl.create_standalone_context(backend="egl")
    size = (order.side_px, order.side_px)
    drawn = context.framebuffer(
        [context.renderbuffer(size, 4, samples=_SAMPLE_COUNT, dtype="f4")],
        context.depth_renderbuffer(size, samples=_SAMPLE_COUNT),
    )
    resolved = context.framebuffer([context.renderbuffer(size, 4, dtype="f4")])
    program = _program(context, order)
    parts = sorted(order.scene.parts(), key=lambda part: -part.surface.opacity)
    arrays = [(part, _array(context, program, part)) for part in parts]
    ambient = order.scene.window().ambient

    def take(sample_count: int, seed: int) -> NDArray[np.float32]:
        del sample_count, seed
        drawn.use()
        drawn.clear(ambient, ambient, ambient, 1.0)
        context.enable(moderngl.DEPTH_TEST | moderngl.BLEND)
        for part, array in arrays:
            _set_material(program, part)
            array.render()
        context.copy_framebuffer(resolved, drawn)
        pixels = np.frombuffer(resolved.read(components=3, dtype="f4"), np.float32)
        return pixels.reshape(*size, 3)[::-1].copy()

    return Opened({"moderngl on llvmpipe": Way(take, (_SAMPLE_COUNT,))})


def _program(context: Any, order: Order) -> Any:
    program, window = context.program(_VERTEX, _FRAGMENT), order.scene.window()
    program["to_clip"].write(np.ascontiguousarray(_to_clip(order).T, np.float32).tobytes())
    program["eye"], program["sun"] = order.scene.camera.eye, window.direction
    program["white"], program["ambient"] = window.white, window.ambient
    return program


def _set_material(program: Any, part: BenchPart) -> None:
    surface = part.surface
    program["color"], program["cover"] = surface.base_color, surface.opacity
    program["roughness"], program["metallic"] = surface.roughness, surface.metallic


def _array(context: Any, program: Any, part: BenchPart) -> Any:
    rows = np.concatenate([part.points, part.normals], axis=1).astype(np.float32)
    return context.vertex_array(program, context.buffer(rows.tobytes()), "point", "normal")


def _to_clip(order: Order) -> NDArray[np.float64]:
    """OpenGL's projection times the view, float64 [4, 4]."""
    camera = order.scene.camera
    right, up, forward = camera.axes()
    view = np.eye(4)
    view[:3, :3] = np.stack([right, up, -forward])
    view[:3, 3] = -view[:3, :3] @ np.array(camera.eye)
    scale = 1.0 / np.tan(np.radians(camera.fov_deg) / 2)
    depth = _NEAR_M - _FAR_M
    projection = np.diag([scale, scale, (_FAR_M + _NEAR_M) / depth, 0.0])
    projection[2, 3], projection[3, 2] = 2.0 * _FAR_M * _NEAR_M / depth, -1.0
    return np.asarray(projection @ view)
