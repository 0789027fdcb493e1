"""Blender's Cycles as `benchmarks.render` times it, by the package `bpy`: raw, and with Open Image Denoise.

A frame is what `bpy.ops.render.render` takes: the scene handed over again, its trees kept, the picture
written to a file and read back.
"""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmarks.render_scene import BenchPart
from benchmarks.render_taking import Opened, Order, Way

__all__ = ["open_cycles"]

_SAMPLE_COUNTS = (4, 16, 64)


def open_cycles(order: Order) -> Opened:
    """The scene in Blender, lit by Cycles on the CPU with one bounce, as ours is."""
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    _set_up(bpy.context.scene, order)
    for part in order.scene.parts():
        _add_part(bpy, part)
    _add_camera(bpy, order)
    _add_surroundings(bpy, order.scene.surroundings)

    def taken(sample_count: int, seed: int, is_denoised: bool) -> NDArray[np.float32]:
        scene = bpy.context.scene
        scene.cycles.samples, scene.cycles.seed, scene.cycles.use_denoising = sample_count, seed, is_denoised
        with tempfile.TemporaryDirectory() as folder:
            scene.render.filepath = f"{folder}/frame.exr"
            bpy.ops.render.render(write_still=True)
            return _read(bpy, scene.render.filepath, order.side_px)

    return Opened(
        {
            "Cycles": Way(lambda count, seed: taken(count, seed, False), _SAMPLE_COUNTS),
            "Cycles, Open Image Denoise": Way(lambda count, seed: taken(count, seed, True), _SAMPLE_COUNTS),
        },
        lambda count, seed: taken(count, seed, False),
    )


def _set_up(scene: Any, order: Order) -> None:
    render, cycles = scene.render, scene.cycles
    render.engine, cycles.device = "CYCLES", "CPU"
    render.resolution_x = render.resolution_y = order.side_px
    render.resolution_percentage = 100
    render.threads_mode, render.threads = "FIXED", order.thread_count
    render.use_persistent_data = True
    render.image_settings.file_format, render.image_settings.color_depth = "OPEN_EXR", "32"
    render.film_transparent = False
    scene.view_settings.view_transform = "Raw"
    cycles.use_adaptive_sampling, cycles.denoiser = False, "OPENIMAGEDENOISE"
    cycles.pixel_filter_type = "BOX"
    cycles.max_bounces = cycles.diffuse_bounces = cycles.glossy_bounces = 1
    cycles.transparent_max_bounces = 8
    cycles.sample_clamp_direct = cycles.sample_clamp_indirect = 0.0
    cycles.blur_glossy = 0.0


def _add_part(bpy: Any, part: BenchPart) -> None:
    mesh = bpy.data.meshes.new(part.surface.name)
    mesh.from_pydata(_turned(part.points).tolist(), [], part.faces.tolist())
    mesh.shade_smooth()
    mesh.normals_split_custom_set_from_vertices(_turned(part.normals).tolist())
    mesh.materials.append(_material(bpy, part))
    bpy.context.scene.collection.objects.link(bpy.data.objects.new(part.surface.name, mesh))


def _material(bpy: Any, part: BenchPart) -> Any:
    surface = part.surface
    material = bpy.data.materials.new(surface.name)
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader = nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*surface.base_color, 1.0)
    shader.inputs["Roughness"].default_value = surface.roughness
    shader.inputs["Metallic"].default_value = surface.metallic
    shader.inputs["IOR"].default_value = 1.5
    if surface.opacity < 1.0:
        tint = 0.985 + 0.5 * surface.opacity * (np.array(surface.base_color) - 0.985)
        clear, gloss = nodes.new("ShaderNodeBsdfTransparent"), nodes.new("ShaderNodeBsdfGlossy")
        clear.inputs["Color"].default_value = (*tint.tolist(), 1.0)
        gloss.inputs["Roughness"].default_value = surface.roughness
        mix = nodes.new("ShaderNodeMixShader")
        links.new(_schlick(nodes, links), mix.inputs["Fac"])
        links.new(clear.outputs["BSDF"], mix.inputs[1])
        links.new(gloss.outputs["BSDF"], mix.inputs[2])
        links.new(mix.outputs["Shader"], nodes["Material Output"].inputs["Surface"])
    return material


def _schlick(nodes: Any, links: Any) -> Any:
    """0.04 + 0.96 (1 - cos)^5; the node named Fresnel would mirror all at a slant from within."""
    facing, power, scaled = (
        nodes.new(kind) for kind in ("ShaderNodeLayerWeight", "ShaderNodeMath", "ShaderNodeMath")
    )
    facing.inputs["Blend"].default_value = 0.5
    power.operation, power.inputs[1].default_value = "POWER", 5.0
    scaled.operation = "MULTIPLY_ADD"
    scaled.inputs[1].default_value, scaled.inputs[2].default_value = 0.96, 0.04
    links.new(facing.outputs["Facing"], power.inputs[0])
    links.new(power.outputs["Value"], scaled.inputs[0])
    return scaled.outputs["Value"]


def _add_camera(bpy: Any, order: Order) -> None:
    from mathutils import Matrix  # type: ignore[import-not-found]

    camera = order.scene.camera
    data = bpy.data.cameras.new("camera")
    data.sensor_fit, data.angle = "VERTICAL", np.radians(camera.fov_deg)
    thing = bpy.data.objects.new("camera", data)
    right, up, forward = _turned(camera.axes())
    columns = np.stack([right, up, -forward, _turned(camera.eye)], axis=1)
    thing.matrix_world = Matrix([*columns.tolist(), [0.0, 0.0, 0.0, 1.0]])
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.scene.camera = thing


def _add_surroundings(bpy: Any, surroundings: NDArray[np.float32]) -> None:
    rows, columns, _ = surroundings.shape
    # Its pictures start at the bottom; their middle column is +X here, ours is -Z, a quarter turn before it.
    pixels = np.ones((rows, columns, 4), np.float32)
    pixels[..., :3] = np.roll(surroundings, -columns // 4, axis=1)[::-1]
    image = bpy.data.images.new("surroundings", columns, rows, float_buffer=True)
    image.colorspace_settings.name = "Linear Rec.709"
    image.pixels = pixels.ravel().tolist()
    world = bpy.data.worlds.new("world")
    world.use_nodes = True
    texture = world.node_tree.nodes.new("ShaderNodeTexEnvironment")
    texture.image = image
    world.node_tree.links.new(texture.outputs["Color"], world.node_tree.nodes["Background"].inputs["Color"])
    bpy.context.scene.world = world


def _read(bpy: Any, path: str, side_px: int) -> NDArray[np.float32]:
    image = bpy.data.images.load(path)
    image.colorspace_settings.name = "Non-Color"
    pixels = np.array(image.pixels[:], np.float32).reshape(side_px, side_px, 4)[::-1, :, :3]
    bpy.data.images.remove(image)
    return np.ascontiguousarray(pixels)


def _turned(vectors: ArrayLike) -> NDArray[np.float32]:
    """Our Y up, [..., 3], as its Z up."""
    x, y, z = np.moveaxis(np.asarray(vectors, np.float32), -1, 0)
    return np.stack([x, -z, y], axis=-1)
