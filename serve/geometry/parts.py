"""A shape as a set of parts: solid primitives with a role, a colour and a material.

A part lives in its own frame: its centre at the origin, its height along Y. `part_code.py` says how a set
becomes the vectors that the house model draws; `serve.fields.part_sdf` says what solid a part is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["KINDS", "MAX_PART_COUNT", "ROLES", "Part", "PartSet"]

MAX_PART_COUNT = 24

# The order is the house model's one-hot code: append only, and train again.
KINDS = ("box", "ellipsoid", "cylinder", "torus", "star")

# The order is the house model's role code (at most 128): append only, and train again.
ROLES = (
    "antenna", "arm", "armrest", "awning", "axle", "back", "ball", "band", "barrel", "base", "battlement",
    "beak", "bell", "blade", "blanket", "body", "book", "bottle", "bow", "bowl", "branch", "brim", "bumper",
    "bun", "bunk", "button", "cab", "cabin", "candle", "canopy", "cap", "cargo", "case", "chain", "cheek",
    "chimney", "cone", "cover", "crown", "cup", "cushion", "deck", "dial", "door", "drawer", "ear", "engine",
    "eye", "face", "fender", "filling", "fin", "finial", "flag", "flame", "foot", "frame", "fruit", "grip",
    "guard", "hand", "handle", "hat", "head", "headboard", "heart", "hoop", "hub", "hull", "icing", "knob",
    "label", "lamp", "leaf", "leg", "lid", "light", "lock", "mast", "mattress", "mouth", "muzzle", "neck",
    "nose", "nozzle", "panel", "pedal", "petal", "pillow", "plate", "pole", "pot", "rail", "ribbon", "rim",
    "ring", "roof", "rotor", "rung", "saddle", "sail", "scarf", "scoop", "screen", "seat", "shade", "shelf",
    "ski", "skid", "smokestack", "spine", "spot", "spout", "spring", "stalk", "star", "stem", "step", "strap",
    "string", "tail", "tire", "top", "tower", "trunk", "wall", "window", "wing",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One solid primitive.

    Args:
        role: One of `ROLES`.
        kind: One of `KINDS`.
        centre: float64 [3].
        half_size: float64 [3], half of its extent along its own axes, above 0.
        rotation: float64 [3, 3], its own axes as columns.
        color: sRGB, each in [0, 1].
        material: Name of one of `MATERIALS`.
        rounding: 0 sharp to 1 fully round; a share of the smallest half size. For box, cylinder and star.
        taper_x: Shrinks the top along X by this share, or below 0 the bottom; in [-1, 1]. For box and
        cylinder.
        taper_z: The same along Z.
        hollow: 0 is solid; above, the wall's thickness as a share of the smaller horizontal half size,
            open at the top. For box, ellipsoid and cylinder.
        cut: Share that a plane takes away: of an ellipsoid its top, of a torus its -X side; in [0, 0.9].
        blend: Radius of the smooth union with the parts before it, in the unit of `half_size`.
    """

    role: str
    kind: str
    centre: NDArray[np.float64]
    half_size: NDArray[np.float64]
    rotation: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    color: tuple[float, float, float] = (0.5, 0.5, 0.5)
    material: str = "plastic"
    rounding: float = 0.1
    taper_x: float = 0.0
    taper_z: float = 0.0
    hollow: float = 0.0
    cut: float = 0.0
    blend: float = 0.0

    @property
    def extent(self) -> NDArray[np.float64]:
        """Half of its axis-aligned bounding box, float64 [3]; never too small."""
        return np.asarray(np.abs(self.rotation) @ self.half_size)

    def moved(self, offset: NDArray[np.float64], scale: float = 1.0) -> Part:
        """The part after `scale * x + offset`."""
        return replace(
            self,
            centre=self.centre * scale + offset,
            half_size=self.half_size * scale,
            blend=self.blend * scale,
        )


@dataclass(frozen=True, slots=True)
class PartSet:
    """A shape: at most `MAX_PART_COUNT` parts, united in order."""

    parts: tuple[Part, ...]

    @property
    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest corner of all parts' boxes, float64 [3] each."""
        lower = np.min([part.centre - part.extent for part in self.parts], axis=0)
        upper = np.max([part.centre + part.extent for part in self.parts], axis=0)
        return lower, upper

    def normalized(self) -> PartSet:
        """The same shape, its bounding box centred and its longest side 2."""
        lower, upper = self.bounds
        scale = 2.0 / float(np.max(upper - lower))
        offset = -0.5 * (lower + upper) * scale
        return PartSet(tuple(part.moved(offset, scale) for part in self.parts))

    def scaled_to(self, longest_m: float) -> PartSet:
        """The same shape with its longest side `longest_m`, standing on Y = 0, centred over the origin."""
        lower, upper = self.bounds
        scale = longest_m / float(np.max(upper - lower))
        centre = 0.5 * (lower + upper)
        offset = -scale * np.array([centre[0], lower[1], centre[2]])
        return PartSet(tuple(part.moved(offset, scale) for part in self.parts))
