"""Materials in USD: UsdPreviewSurface (specification 2.6) with the same pictures as glTF's."""

from __future__ import annotations

from collections.abc import Mapping

from pxr import Gf, Sdf, Usd, UsdShade

from serve.formats.parts import Look

__all__ = ["define_material"]

_Types = Sdf.ValueTypeNames
# Input of the surface -> the map that it reads, the texture's output and the output's type.
_READS = {
    "diffuseColor": ("base_color", "rgb", _Types.Float3),
    "occlusion": ("orm", "r", _Types.Float),
    "roughness": ("orm", "g", _Types.Float),
    "metallic": ("orm", "b", _Types.Float),
    "normal": ("normal", "rgb", _Types.Float3),
}
_INPUT_TYPES = {
    "diffuseColor": _Types.Color3f,
    "occlusion": _Types.Float,
    "roughness": _Types.Float,
    "metallic": _Types.Float,
    "opacity": _Types.Float,
    "normal": _Types.Normal3f,
}


def define_material(
    stage: Usd.Stage, path: Sdf.Path, look: Look, maps: Mapping[str, str]
) -> UsdShade.Material:
    """Define the material of a look.

    Args:
        stage: The scene.
        path: Where the material goes.
        look: Its factors; USD has no product of factor and texture, so a map stands alone.
        maps: `base_color`, `orm`, `normal` -> path of the picture.
    """
    material = UsdShade.Material.Define(stage, path)
    surface = _shader(stage, path.AppendChild("surface"), "UsdPreviewSurface")
    values = {
        "diffuseColor": Gf.Vec3f(*look.base_color),
        "roughness": look.roughness,
        "metallic": look.metallic,
        "opacity": look.opacity,
    }
    for name, value in values.items():
        if _READS.get(name, ("",))[0] not in maps:
            surface.CreateInput(name, _INPUT_TYPES[name]).Set(value)
    if maps:
        _connect_maps(stage, path, surface, maps)
    elif look.takes_colors:
        reader = _shader(stage, path.AppendChild("vertex_colors"), "UsdPrimvarReader_float3")
        reader.CreateInput("varname", _Types.String).Set("displayColor")
        _connect(surface, "diffuseColor", reader.CreateOutput("result", _Types.Float3))
    material.CreateSurfaceOutput().ConnectToSource(surface.CreateOutput("surface", _Types.Token))
    return material


def _connect_maps(
    stage: Usd.Stage, path: Sdf.Path, surface: UsdShade.Shader, maps: Mapping[str, str]
) -> None:
    reader = _shader(stage, path.AppendChild("coordinates"), "UsdPrimvarReader_float2")
    reader.CreateInput("varname", _Types.String).Set("st")
    st = reader.CreateOutput("result", _Types.Float2)
    textures = {kind: _texture(stage, path.AppendChild(kind), kind, file, st) for kind, file in maps.items()}
    for name, (kind, output, output_type) in _READS.items():
        if kind in textures:
            _connect(surface, name, textures[kind].CreateOutput(output, output_type))


def _texture(stage: Usd.Stage, path: Sdf.Path, kind: str, file: str, st: UsdShade.Output) -> UsdShade.Shader:
    texture = _shader(stage, path, "UsdUVTexture")
    texture.CreateInput("file", _Types.Asset).Set(Sdf.AssetPath(file))
    texture.CreateInput("sourceColorSpace", _Types.Token).Set("sRGB" if kind == "base_color" else "raw")
    texture.CreateInput("st", _Types.Float2).ConnectToSource(st)
    for axis in ("wrapS", "wrapT"):
        texture.CreateInput(axis, _Types.Token).Set("repeat")
    if kind == "normal":  # from the bytes' [0, 1] to [-1, 1], as the specification asks
        texture.CreateInput("scale", _Types.Float4).Set(Gf.Vec4f(2, 2, 2, 1))
        texture.CreateInput("bias", _Types.Float4).Set(Gf.Vec4f(-1, -1, -1, 0))
    return texture


def _shader(stage: Usd.Stage, path: Sdf.Path, kind: str) -> UsdShade.Shader:
    shader = UsdShade.Shader.Define(stage, path)
    shader.CreateIdAttr(kind)
    return shader


def _connect(surface: UsdShade.Shader, name: str, output: UsdShade.Output) -> None:
    surface.CreateInput(name, _INPUT_TYPES[name]).ConnectToSource(output)
