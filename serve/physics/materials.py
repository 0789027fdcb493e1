"""What things are made of: the rows of materials.toml, in SI units."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from serve.contracts.errors import InvalidRequestError

__all__ = ["Material", "material", "materials"]

_FILE = Path(__file__).with_name("materials.toml")


@dataclass(frozen=True, slots=True)
class Material:
    """One material; where a number has no meaning for it, it is 0.

    Args:
        name: Of its row.
        density_kg_m3: Mass of a cubic metre; of cloth, too.
        friction: Coulomb's coefficient against its like; of a pair the geometric mean is taken.
        restitution: Share of the closing speed that a pair of its like parts with; of a pair, the mean.
        young_pa: Young's modulus.
        poisson: Poisson's ratio.
        viscosity_pa_s: Dynamic viscosity.
        surface_tension_n_m: Against air.
        friction_angle_deg: Of grains, the angle of repose.
        thickness_m: Of cloth.
        stretch_n_m: Of cloth, the tension for each unit of strain.
        bending_n_m: Of cloth, the moment of a metre's width for each unit of curvature.
        color: sRGB, such as #a0703c.
        roughness: Of its surface, 0 to 1.
        metallic: 0 or 1.
        opacity: Below 1 one sees through it.
        source: Where the numbers are from.
    """

    name: str
    density_kg_m3: float
    color: str
    source: str
    friction: float = 0.0
    restitution: float = 0.0
    young_pa: float = 0.0
    poisson: float = 0.0
    viscosity_pa_s: float = 0.0
    surface_tension_n_m: float = 0.0
    friction_angle_deg: float = 0.0
    thickness_m: float = 0.0
    stretch_n_m: float = 0.0
    bending_n_m: float = 0.0
    roughness: float = 0.6
    metallic: float = 0.0
    opacity: float = 1.0


@cache
def materials() -> Mapping[str, Material]:
    """Name -> material, sorted by name."""
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return MappingProxyType({name: Material(name=name, **row) for name, row in sorted(rows.items())})


def material(name: str) -> Material:
    """The material of that name.

    Raises:
        InvalidRequestError: There is none; the message names those that there are.
    """
    found = materials().get(name)
    if found is None:
        raise InvalidRequestError(
            f"material: there is no {name!r}; there are {', '.join(materials())}", "material"
        )
    return found
