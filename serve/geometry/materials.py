"""What the parts can be made of: looks only; SI properties join them with the simulation."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MATERIALS", "Material", "material_of"]


@dataclass(frozen=True, slots=True)
class Material:
    """How a material looks.

    Args:
        name: The word users say.
        roughness: GGX perceptual roughness in [0, 1].
        metallic: 0 or 1.
        opacity: 1 is opaque.
    """

    name: str
    roughness: float
    metallic: float = 0.0
    opacity: float = 1.0


# The order is the house model's one-hot code: append only, and train again.
MATERIALS = (
    Material("plastic", roughness=0.45),
    Material("wood", roughness=0.70),
    Material("metal", roughness=0.30, metallic=1.0),
    Material("glass", roughness=0.06, opacity=0.35),
    Material("stone", roughness=0.90),
    Material("fabric", roughness=0.95),
    Material("rubber", roughness=0.80),
    Material("ceramic", roughness=0.15),
)


def material_of(name: str) -> Material:
    """The material of this name.

    Raises:
        KeyError: No material has this name.
    """
    return {material.name: material for material in MATERIALS}[name]
