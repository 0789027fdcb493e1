"""The pencil that the categories draw with: metres, Y up, front towards +Z, degrees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compile.house.palette import Rgb
from serve.geometry.parts import MAX_PART_COUNT, ROLES, Part, PartSet

__all__ = ["Paint", "Sketch", "Vec", "turned"]

Vec = tuple[float, float, float]


class Paint(tuple[Rgb, str]):
    """A colour (sRGB) and the material under it."""

    __slots__ = ()

    def __new__(cls, color: Rgb, material: str = "plastic") -> Paint:
        """Pair the two."""
        return super().__new__(cls, (color, material))


def turned(x_deg: float = 0.0, y_deg: float = 0.0, z_deg: float = 0.0) -> NDArray[np.float64]:
    """The rotation matrix float64 [3, 3] that turns about X, then Y, then Z."""
    x, y, z = np.radians([x_deg, y_deg, z_deg])
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


class Sketch:
    """Collects the parts of one asset, in the order of its slots."""

    def __init__(self) -> None:
        self.parts: list[Part] = []

    def add(
        self,
        role: str,
        kind: str,
        at: Sequence[float],
        size: Sequence[float],
        paint: Paint,
        *,
        rot: Vec | NDArray[np.float64] = (0.0, 0.0, 0.0),
        round: float = 0.12,
        taper: tuple[float, float] = (0.0, 0.0),
        hollow: float = 0.0,
        cut: float = 0.0,
        blend: float = 0.0,
    ) -> None:
        """Draw one primitive: `at` is its centre, `size` its full extent along its own axes, both in metres.

        `blend` is a radius in metres; the other numbers are those of `serve.geometry.parts.Part`.

        Raises:
            ValueError: An unknown role, or more parts than a shape holds.
        """
        if role not in ROLES or len(self.parts) >= MAX_PART_COUNT:
            raise ValueError(f"part {len(self.parts)} with role {role!r}: unknown, or one too many")
        rotation = rot if isinstance(rot, np.ndarray) else turned(*rot) if any(rot) else np.eye(3)
        color, material = paint
        part = Part(
            role=role,
            kind=kind,
            centre=np.array(at, float),
            half_size=np.maximum(np.array(size, float) / 2, 1e-4),
            rotation=rotation,
            color=color,
            material=material,
            rounding=round,
            taper_x=taper[0],
            taper_z=taper[1],
            hollow=hollow,
            cut=cut,
            blend=blend,
        )
        self.parts.append(part)

    def box(
        self, role: str, at: Sequence[float], size: Sequence[float], paint: Paint, **more: object
    ) -> None:
        """A rounded box, tapered to a prism or a pyramid by `taper`."""
        self.add(role, "box", at, size, paint, **more)  # type: ignore[arg-type]

    def ball(
        self, role: str, at: Sequence[float], size: Sequence[float] | float, paint: Paint, **more: object
    ) -> None:
        """An ellipsoid; one number is a sphere's diameter. `cut` takes away its top."""
        extent = (size, size, size) if isinstance(size, int | float) else size
        self.add(role, "ellipsoid", at, extent, paint, round=0.0, **more)  # type: ignore[arg-type]

    def tube(
        self,
        role: str,
        at: Sequence[float],
        width: float,
        height: float,
        paint: Paint,
        *,
        taper: float = 0.0,
        depth: float | None = None,
        **more: object,
    ) -> None:
        """A cylinder along Y; `taper` 1 makes a cone, below 0 it widens upward."""
        size = (width, height, width if depth is None else depth)
        self.add(role, "cylinder", at, size, paint, taper=(taper, taper), **more)  # type: ignore[arg-type]

    def rod(
        self,
        role: str,
        a: Sequence[float],
        b: Sequence[float],
        width: float,
        paint: Paint,
        *,
        kind: str = "cylinder",
        depth: float | None = None,
        taper: float = 0.0,
        **more: object,
    ) -> None:
        """A cylinder or box from point `a` to point `b`."""
        start, end = np.array(a, float), np.array(b, float)
        axis = end - start
        length = float(np.linalg.norm(axis))
        up = axis / length
        side = np.array([1.0, 0.0, 0.0]) if abs(up[0]) < 0.9 else np.array([0.0, 0.0, -1.0])
        side = side - up * float(side @ up)
        side /= np.linalg.norm(side)
        rotation = np.stack([side, up, np.cross(side, up)], axis=1)
        size = (width, length, width if depth is None else depth)
        self.add(role, kind, (start + end) / 2, size, paint, rot=rotation, taper=(taper, taper), **more)  # type: ignore[arg-type]

    def ring(
        self,
        role: str,
        at: Sequence[float],
        width: float,
        thick: float,
        paint: Paint,
        *,
        depth: float | None = None,
        **more: object,
    ) -> None:
        """A torus about Y of outer `width`, its tube `thick`; `cut` takes away its -X side."""
        size = (width, thick, width if depth is None else depth)
        self.add(role, "torus", at, size, paint, round=0.0, **more)  # type: ignore[arg-type]

    def wheel(
        self, at: Sequence[float], width: float, thick: float, paint: Paint, hub: Paint | None = None
    ) -> None:
        """A tire whose axle runs along X, and its hub where there is one."""
        self.add("tire", "cylinder", at, (width, thick, width), paint, rot=(0.0, 0.0, 90.0), round=0.35)
        if hub is not None:
            side = 1.0 if at[0] >= 0 else -1.0
            centre = (at[0] + side * thick * 0.25, at[1], at[2])
            self.add(
                "hub", "cylinder", centre, (width * 0.5, thick * 0.7, width * 0.5), hub, rot=(0.0, 0.0, 90.0)
            )

    def shape(self) -> PartSet:
        """The finished shape, as drawn."""
        return PartSet(tuple(self.parts))
