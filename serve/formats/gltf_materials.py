"""glTF's materials: metallic-roughness (section 3.9.2); colours are linear there, as here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from serve.formats.parts import Look
from serve.formats.pictures import Picture, encode_picture
from serve.geometry.mesh import TextureMaps

__all__ = ["PlacePicture", "materials_of"]

PlacePicture = Callable[[str, Picture], Mapping[str, Any]]
"""Is handed a name and a picture, and says where the file has it: an entry of `images`."""

# Section 5.26: linear, mipmaps of mipmaps; coordinates outside of the picture repeat it.
_SAMPLER = {"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}
# Who reads a picture: occlusion (red), roughness (green) and metallic (blue) share one.
_SLOTS = {
    "base_color": ("baseColorTexture",),
    "orm": ("metallicRoughnessTexture", "occlusionTexture"),
    "normal": ("normalTexture",),
}


def materials_of(
    looks: Mapping[str, Look], textures: tuple[TextureMaps, ...], place: PlacePicture
) -> dict[str, Any]:
    """The document's `materials` and, where they have textures, `textures`, `samplers` and `images`.

    Args:
        looks: Material name -> look.
        textures: What the looks count.
        place: Puts a picture into the file; each is placed once.
    """
    maps: dict[str, int] = {}
    images: list[dict[str, Any]] = []
    for texture in dict.fromkeys(look.texture for look in looks.values() if look.texture >= 0):
        for kind in _SLOTS:
            texels = getattr(textures[texture], kind)
            if texels is not None:
                name = f"{kind}_{texture}"
                maps[name] = len(images)
                images.append({"name": name, **place(name, encode_picture(texels))})
    document: dict[str, Any] = {"materials": [_material(name, look, maps) for name, look in looks.items()]}
    if images:
        sources = [{"sampler": 0, "source": index} for index in range(len(images))]
        document |= {"textures": sources, "samplers": [_SAMPLER], "images": images}
    return document


def _material(name: str, look: Look, maps: Mapping[str, int]) -> dict[str, Any]:
    slots = {
        slot: {"index": maps[f"{kind}_{look.texture}"]}
        for kind, taken in _SLOTS.items()
        for slot in taken
        if f"{kind}_{look.texture}" in maps
    }
    shading = {
        "baseColorFactor": [*map(float, look.base_color), float(look.opacity)],
        "metallicFactor": float(look.metallic),
        "roughnessFactor": float(look.roughness),
    }
    shading |= {
        slot: slots.pop(slot) for slot in ("baseColorTexture", "metallicRoughnessTexture") if slot in slots
    }
    alpha_mode = "OPAQUE" if look.opacity >= 1.0 else "BLEND"
    return {
        "name": name,
        "pbrMetallicRoughness": shading,
        **slots,
        "alphaMode": alpha_mode,
        "doubleSided": False,
    }
