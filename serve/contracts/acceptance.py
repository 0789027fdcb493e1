"""The acceptance report: what an asset measures, and whether it is fit for its purpose.

`docs/acceptance.md` says how each number is found.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Acceptance",
    "AcceptanceCheck",
    "AcceptancePolicy",
    "Bounds",
    "MaterialReport",
    "Measures",
    "SelfIntersectionMethod",
    "TextureReport",
]


class AcceptancePolicy(StrEnum):
    """What an asset is for, and so which checks it must pass; `serve.geometry.policies` has the table."""

    STRICT = "strict"
    GAME = "game"
    PRINT = "print"
    SIM = "sim"


class SelfIntersectionMethod(StrEnum):
    """How self-intersections were counted."""

    EXACT = "exact"
    SAMPLED = "sampled"


class _Report(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class AcceptanceCheck(_Report):
    """One thing that the policy asks for."""

    name: str = Field(description="Such as `watertight`")
    passed: bool
    message: str = Field(description="What was found and what was asked for, one sentence")


class Bounds(_Report):
    """A box along the axes; metres, Y up."""

    lower: tuple[float, float, float]
    upper: tuple[float, float, float]


class MaterialReport(_Report):
    """A material of the asset: what looks alike and has one name."""

    name: str
    base_color: tuple[float, float, float] = Field(description="Linear RGB; the mean of a texture")
    roughness: float
    metallic: float
    opacity: float
    textured: bool
    face_count: int


class TextureReport(_Report):
    """How the surface lies in its texture."""

    size_px: int = Field(description="Side of the largest texture; 0 without a texture")
    coverage: float = Field(description="Share of the texture that the faces cover, 0 to 1")
    overlap: float = Field(description="Share of what is covered that more than one face covers, 0 to 1")
    texels_per_m: float = Field(description="Median over the textured surface's area; 0 without a texture")


class Measures(_Report):
    """What an asset measures, whatever it is for."""

    vertex_count: int = Field(description="Positions that differ")
    face_count: int
    component_count: int = Field(description="Pieces, each held together by edges of two faces")
    part_count: int
    watertight: bool = Field(description="Every edge has exactly two faces, which agree on which side is out")
    boundary_edge_count: int = Field(description="Edges of one face: the rims of holes")
    nonmanifold_edge_count: int = Field(description="Edges of more than two faces")
    nonmanifold_vertex_count: int = Field(description="Corners where fans of faces meet in nothing more")
    misoriented_edge_count: int = Field(description="Edges of two faces that disagree on which side is out")
    inverted_component_count: int = Field(description="Closed pieces turned inside out, voids apart")
    self_intersection_count: int = Field(description="Pairs of faces that cross or overlap")
    self_intersection_method: SelfIntersectionMethod
    degenerate_face_count: int = Field(description="Faces without area")
    duplicate_face_count: int = Field(description="Faces that repeat another's corners")
    sliver_face_count: int = Field(description="Faces with area, 100 times as long as high or more")
    volume_m3: float | None = Field(description="Enclosed, less the voids; null unless watertight")
    area_m2: float
    bounds_m: Bounds
    texture: TextureReport | None = Field(description="Null without texture coordinates")
    materials: tuple[MaterialReport, ...]
    byte_count: int = Field(description="Of the asset's file")


class Acceptance(Measures):
    """What `inspect` finds in an asset, and its verdict."""

    policy: AcceptancePolicy
    accepted: bool = Field(description="Whether every check passed")
    checks: tuple[AcceptanceCheck, ...]
