"""MTL, the materials of an OBJ file, and the pictures that they name.

The MTL format never said in which space `Kd` is. It is written as sRGB here: three.js, Godot and the viewers
that put it on the screen as it stands read it so. Blender takes it as linear and shows it paler; it has
GLB to read. `Pr`, `Pm`, `map_Pr`, `map_Pm` and `norm` are roughness, metallic and a tangent-space normal map
of the widespread PBR extension of MTL, which has no place for ambient occlusion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from serve.formats.color import srgb
from serve.formats.parts import Look
from serve.formats.pictures import encode_picture
from serve.geometry.mesh import TextureMaps

__all__ = ["material_library"]


def material_library(
    looks: Mapping[str, Look], textures: tuple[TextureMaps, ...]
) -> tuple[str, dict[str, bytes]]:
    """The library's text, and its pictures by their path beside it.

    Args:
        looks: Material name -> look.
        textures: What the looks count.
    """
    paths: dict[int, dict[str, str]] = {-1: {}}
    pictures: dict[str, bytes] = {}
    for texture in dict.fromkeys(look.texture for look in looks.values() if look.texture >= 0):
        paths[texture] = {}
        for keyword, name, texels in _maps(textures[texture]):
            picture = encode_picture(texels)
            path = f"textures/{name}_{texture}.{picture.ext}"
            paths[texture][keyword], pictures[path] = path, picture.data
    text = "\n".join(_material(name, look, paths[look.texture]) for name, look in looks.items())
    return text, pictures


def _maps(maps: TextureMaps) -> Iterator[tuple[str, str, NDArray[np.uint8]]]:
    """The keyword, file name and texels of each picture."""
    yield "map_Kd", "base_color", maps.base_color
    if maps.orm is not None:
        yield "map_Pr", "roughness", np.ascontiguousarray(maps.orm[:, :, 1])
        yield "map_Pm", "metallic", np.ascontiguousarray(maps.orm[:, :, 2])
    if maps.normal is not None:
        yield "norm", "normal", maps.normal


def _material(name: str, look: Look, paths: Mapping[str, str]) -> str:
    red, green, blue = srgb(look.base_color).tolist()
    return (
        f"newmtl {name}\n"
        f"Kd {red:.6f} {green:.6f} {blue:.6f}\n"
        f"d {look.opacity:.6f}\n"
        f"Pr {look.roughness:.6f}\n"
        f"Pm {look.metallic:.6f}\n"
        "illum 2\n"
    ) + "".join(f"{keyword} {path}\n" for keyword, path in paths.items())
