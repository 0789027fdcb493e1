"""Materials of glTF: metallic-roughness, and what is common of its extensions (glTF 2.0.1, section 3.9)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.coordinates import texture_coordinates
from serve.formats.reading.gltf_document import GltfDocument
from serve.formats.reading.gltf_json import Record
from serve.formats.reading.gltf_slots import TextureSlot, TextureSlots
from serve.formats.reading.maps import Sheets, fold_maps, mean_alpha
from serve.formats.reading.pictures import Pictures
from serve.formats.reading.pieces import PLAIN, Look
from serve.geometry.materials import material_of

__all__ = ["GltfLook", "GltfMaterials"]

_WHITE = (1.0, 1.0, 1.0, 1.0)
_CLAMP = 33_071
_OPAQUE_FROM = 0.99  # a mean alpha above is taken for a picture without holes


@dataclass(frozen=True, slots=True, eq=False)
class GltfLook:
    """A material and how its pictures lie.

    Args:
        look: The material.
        slot: Of the texture that leads; None without textures.
        clamp: Whether coordinates end at the picture's rim along u and v.
    """

    look: Look
    slot: TextureSlot | None = None
    clamp: tuple[bool, bool] = (False, False)

    def coordinates(self, uvs: dict[int, NDArray[np.float64]]) -> NDArray[np.float32] | None:
        """Texture coordinates float32 [V, 2] of a primitive as the maps want them; None without."""
        slot = self.slot or TextureSlot(-1, 0)
        uv = uvs.get(slot.uv_set)
        if uv is None:
            return None
        u, v = (uv * np.array(slot.scale)).T
        cosine, sine = np.cos(slot.rotation), np.sin(slot.rotation)
        turned = np.stack([cosine * u + sine * v, cosine * v - sine * u], axis=1) + np.array(slot.offset)
        held = np.where(self.clamp, np.clip(turned, 0.0, 1.0), turned)
        return texture_coordinates(held, upwards=False)


class GltfMaterials:
    """The materials of a document, each read once, when it is first used.

    Args:
        document: The document.

    Attributes:
        warnings: What could not be kept.
    """

    def __init__(self, document: GltfDocument) -> None:
        self._document = document
        self._looks: dict[int | None, GltfLook] = {None: GltfLook(PLAIN)}
        self._shown: dict[int, NDArray[np.uint8]] = {}
        self._pictures = Pictures()
        self.warnings: list[str] = []

    def look(self, index: int | None) -> GltfLook:
        """The material of this index; a plain one for None.

        Raises:
            UnreadableMeshError: It, or a texture of it, is damaged.
        """
        if index not in self._looks and index is not None:
            self._looks[index] = self._read(self._document.item("materials", index))
        return self._looks[index]

    def _read(self, material: Record) -> GltfLook:
        metallic_roughness = material.record("pbrMetallicRoughness")
        glossiness = material.record("extensions").record("KHR_materials_pbrSpecularGlossiness")
        if glossiness.keys and not metallic_roughness.keys:
            return self._read_glossiness(material, glossiness)
        factor = metallic_roughness.numbers("baseColorFactor", _WHITE)
        roughness, metallic = (
            metallic_roughness.share("roughnessFactor", 1.0),
            metallic_roughness.share("metallicFactor", 1.0),
        )
        slots = TextureSlots(material, {"base": metallic_roughness.record("baseColorTexture")})
        slots.add("orm", metallic_roughness.record("metallicRoughnessTexture"))
        slots.add("occlusion", material.record("occlusionTexture"))
        slots.add("normal", material.record("normalTexture"))
        return self._look(material, slots, factor, roughness, metallic)

    def _read_glossiness(self, material: Record, glossiness: Record) -> GltfLook:
        """The older workflow without its specular colour: rough is what is not glossy, nothing is a metal."""
        factor = glossiness.numbers("diffuseFactor", _WHITE)
        slots = TextureSlots(material, {"base": glossiness.record("diffuseTexture")})
        slots.add("occlusion", material.record("occlusionTexture"))
        slots.add("normal", material.record("normalTexture"))
        return self._look(material, slots, factor, 1.0 - glossiness.share("glossinessFactor", 1.0), 0.0)

    def _look(
        self,
        material: Record,
        slots: TextureSlots,
        factor: tuple[float, ...],
        roughness: float,
        metallic: float,
    ) -> GltfLook:
        slots.keep_one_mapping(self.warnings)
        pictures = {kind: self._picture(slot) for kind, slot in slots.found.items()}
        red, green, blue, alpha = (min(max(value, 0.0), 1.0) for value in factor)
        orm = pictures.get("orm")
        sheets = Sheets(
            base_color=pictures.get("base"),
            color_factor=(red, green, blue),
            roughness=orm,
            roughness_factor=roughness,
            metallic=orm,
            metallic_factor=metallic,
            occlusion=pictures.get("occlusion"),
            occlusion_strength=material.record("occlusionTexture").share("strength", 1.0),
            normal=pictures.get("normal"),
            normal_scale=material.record("normalTexture").number("scale", 1.0),
        )
        maps = fold_maps(sheets, self._pictures.texels)
        opacity = _opacity(material, alpha, sheets.base_color)
        if material.text("alphaMode") == "MASK" and _has_holes(sheets.base_color):
            self.warnings.append("Textures have no holes here: what was cut out by them is solid.")
        look = Look(material.text("name"), (red, green, blue), roughness, metallic, opacity, maps)
        return GltfLook(look, slots.leading, self._clamp(slots.leading))

    def _picture(self, slot: TextureSlot) -> NDArray[np.uint8]:
        texture = self._document.item("textures", slot.texture)
        webp = texture.record("extensions").record("EXT_texture_webp")
        holder = texture if "source" in texture else webp
        if "source" not in holder:
            raise UnreadableMeshError(f"{texture.path} has no PNG or JPEG picture: export it with one")
        index = holder.whole("source", below=len(self._document.lists["images"]))
        if index not in self._shown:
            image = self._document.item("images", index)
            data = (
                self._document.linked(image)
                if "uri" in image
                else bytes(self._document.view(image.whole("bufferView")))
            )
            self._shown[index] = self._pictures.decode(data, image.text("name") or image.path)
        return self._shown[index]

    def _clamp(self, slot: TextureSlot | None) -> tuple[bool, bool]:
        if slot is None:
            return (False, False)
        texture = self._document.item("textures", slot.texture)
        if "sampler" not in texture:
            return (False, False)
        sampler = self._document.item("samplers", texture.whole("sampler"))
        return (sampler.whole("wrapS", 0) == _CLAMP, sampler.whole("wrapT", 0) == _CLAMP)


def _has_holes(picture: NDArray[np.uint8] | None) -> bool:
    return picture is not None and bool((picture[..., 3] < 128).any())


def _opacity(material: Record, alpha: float, picture: NDArray[np.uint8] | None) -> float:
    """Glass where the material blends or transmits; cut-outs are opaque: textures have no holes here."""
    transmission = material.record("extensions").record("KHR_materials_transmission")
    through = transmission.share("transmissionFactor", 0.0)
    opacity = 1.0 - through * (1.0 - material_of("glass").opacity)
    if material.text("alphaMode") == "BLEND":
        opacity *= alpha * (1.0 if picture is None else mean_alpha(picture))
    return 1.0 if opacity >= _OPAQUE_FROM else max(opacity, 0.0)
