"""The textures that a glTF material names, and how each lies on the surface (section 3.8 of glTF 2.0.1)."""

from __future__ import annotations

from dataclasses import dataclass

from serve.formats.reading.gltf_json import Record
from serve.formats.reading.quoting import quoted

__all__ = ["TextureSlot", "TextureSlots"]


@dataclass(frozen=True, slots=True)
class TextureSlot:
    """Where a texture stands in a material.

    Args:
        texture: Index.
        uv_set: Which coordinates it takes.
        offset, scale, rotation: Of KHR_texture_transform, applied to them.
    """

    texture: int
    uv_set: int
    offset: tuple[float, ...] = (0.0, 0.0)
    scale: tuple[float, ...] = (1.0, 1.0)
    rotation: float = 0.0

    @property
    def mapping(self) -> tuple[object, ...]:
        """All but the texture."""
        return (self.uv_set, self.offset, self.scale, self.rotation)


class TextureSlots:
    """The textures that a material names, by what they are for."""

    def __init__(self, material: Record, given: dict[str, Record]) -> None:
        self._material = material
        self.found: dict[str, TextureSlot] = {}
        for kind, info in given.items():
            self.add(kind, info)

    def add(self, kind: str, info: Record) -> None:
        """Take a texture, if there is one."""
        if "index" not in info:
            return
        move = info.record("extensions").record("KHR_texture_transform")
        self.found[kind] = TextureSlot(
            info.whole("index"),
            move.whole("texCoord", info.whole("texCoord", 0)),
            move.numbers("offset", (0.0, 0.0)),
            move.numbers("scale", (1.0, 1.0)),
            move.number("rotation", 0.0),
        )

    @property
    def leading(self) -> TextureSlot | None:
        """That whose coordinates hold: the base colour's, or else the next."""
        return next(iter(self.found.values()), None)

    def keep_one_mapping(self, warnings: list[str]) -> None:
        """Leave out what lies otherwise than the leading one: a surface has one set of coordinates here."""
        leading = self.leading
        for kind, slot in list(self.found.items()):
            if leading is not None and slot.mapping != leading.mapping:
                del self.found[kind]
                name = self._material.text("name") or self._material.path
                warnings.append(
                    f"The {kind} texture of the material {quoted(name)} has coordinates of its own: left out."
                )
