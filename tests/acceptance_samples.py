"""An acceptance report with every field set, for tests of what carries one."""

from __future__ import annotations

from serve.contracts.acceptance import (
    Acceptance,
    AcceptanceCheck,
    AcceptancePolicy,
    Bounds,
    MaterialReport,
    SelfIntersectionMethod,
    TextureReport,
)

__all__ = ["ACCEPTANCE"]

ACCEPTANCE = Acceptance(
    policy=AcceptancePolicy.PRINT,
    accepted=False,
    checks=(AcceptanceCheck(name="watertight", passed=False, message="3 edges have one face; none may"),),
    vertex_count=1_002,
    face_count=2_000,
    component_count=1,
    part_count=2,
    watertight=False,
    boundary_edge_count=3,
    nonmanifold_edge_count=0,
    nonmanifold_vertex_count=0,
    misoriented_edge_count=0,
    inverted_component_count=0,
    self_intersection_count=4,
    self_intersection_method=SelfIntersectionMethod.EXACT,
    degenerate_face_count=0,
    duplicate_face_count=0,
    sliver_face_count=7,
    volume_m3=0.25,
    area_m2=2.5,
    bounds_m=Bounds(lower=(-0.5, 0.0, -0.5), upper=(0.5, 1.5, 0.5)),
    texture=TextureReport(size_px=1024, coverage=0.75, overlap=0.0, texels_per_m=512.5),
    materials=(
        MaterialReport(
            name="wood_0",
            base_color=(0.5, 0.25, 0.125),
            roughness=0.75,
            metallic=0.0,
            opacity=1.0,
            textured=True,
            face_count=2_000,
        ),
    ),
    byte_count=65_536,
)
