"""What the parts of a shape look like, under names fit for a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from serve.geometry.materials import material_of
from serve.geometry.mesh import Surface
from serve.geometry.parts import Part

__all__ = ["surfaces_of"]

_SAME_COLOR = 0.08  # drawn colours nearer than this, in sRGB, were meant to be one


def surfaces_of(parts: Sequence[Part]) -> tuple[Surface, ...]:
    """A surface for each part, in order: `leg`, `leg_2`, ...

    Parts of one role and material whose colours are almost equal share the first one's colour: four legs that
    were drawn one by one look like four of a kind.
    """
    counts: Counter[str] = Counter()
    kinds: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    surfaces = []
    for part in parts:
        counts[part.role] += 1
        colors = kinds.setdefault((part.role, part.material), [])
        color = next(
            (known for known in colors if np.abs(np.subtract(known, part.color)).max() < _SAME_COLOR), None
        )
        if color is None:
            color = part.color
            colors.append(color)
        name = part.role if counts[part.role] == 1 else f"{part.role}_{counts[part.role]}"
        surfaces.append(_surface(name, part.material, color))
    return tuple(surfaces)


def _surface(name: str, material: str, color: tuple[float, float, float]) -> Surface:
    look = material_of(material)
    red, green, blue = (_linear(channel) for channel in color)
    return Surface(name, material, (red, green, blue), look.roughness, look.metallic, look.opacity)


def _linear(channel: float) -> float:
    """From sRGB to linear light (IEC 61966-2-1)."""
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
