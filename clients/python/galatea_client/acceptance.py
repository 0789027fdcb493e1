"""What an asset measures and whether it is fit for its purpose, as frozen documents."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Acceptance", "AcceptanceCheck", "Bounds", "MaterialReport", "TextureReport"]


class _Report(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class AcceptanceCheck(_Report):
    """One thing that the policy asks for."""

    name: str
    passed: bool
    message: str = Field(description="What was found and what was asked for")


class Bounds(_Report):
    """A box along the axes; metres, Y up."""

    lower: tuple[float, float, float]
    upper: tuple[float, float, float]


class MaterialReport(_Report):
    """A material of the asset; the base colour is linear."""

    name: str
    base_color: tuple[float, float, float]
    roughness: float
    metallic: float
    opacity: float
    textured: bool
    face_count: int


class TextureReport(_Report):
    """How the surface lies in its texture."""

    size_px: int = Field(description="Side of the largest texture")
    coverage: float = Field(description="Share of the texture that the faces cover")
    overlap: float = Field(description="Share of the covered texels that more than one face covers")
    texels_per_m: float = Field(description="Median over the surface's area")


class Acceptance(_Report):
    """What was found in the asset that was asked for."""

    policy: str = Field(description="`strict`, `game`, `print` or `sim`")
    accepted: bool
    checks: tuple[AcceptanceCheck, ...] = ()
    vertex_count: int
    face_count: int
    component_count: int
    part_count: int
    watertight: bool
    boundary_edge_count: int
    nonmanifold_edge_count: int
    nonmanifold_vertex_count: int
    misoriented_edge_count: int
    inverted_component_count: int
    self_intersection_count: int
    self_intersection_method: str = Field(description="`exact` or `sampled`")
    degenerate_face_count: int
    duplicate_face_count: int
    sliver_face_count: int
    volume_m3: float | None = Field(None, description="None unless it is watertight")
    area_m2: float
    bounds_m: Bounds
    texture: TextureReport | None = None
    materials: tuple[MaterialReport, ...] = ()
    byte_count: int = Field(description="Of the asset's file")
