"""Shapes as fields of distances, and the way from parts to a sound mesh.

    shape = repair_contacts(shape)                                   # one solid
    vertices, faces = extract_surface(shape, resolution=96)          # its surface, finely
    mesh = segment_surface(shape, vertices, faces, resolution=96, poly_count=10_000)

`primitives` and `part_sdf` say what solid the parts mean, `grid` samples it, `surface` finds and sharpens its
surface, `contacts` and `repair` join what does not touch, `meshing` puts it all together.
"""

from __future__ import annotations

from serve.fields.meshing import extract_surface, mesh_parts, segment_surface
from serve.fields.repair import repair_contacts

__all__ = ["extract_surface", "mesh_parts", "repair_contacts", "segment_surface"]
