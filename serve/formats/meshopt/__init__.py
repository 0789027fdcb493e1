"""The bitstreams of EXT_meshopt_compression (Khronos, ratified; appendix A), written from its text."""

from __future__ import annotations

from serve.formats.meshopt.attributes import encode_attributes
from serve.formats.meshopt.ordering import walk_faces
from serve.formats.meshopt.triangles import encode_triangles

__all__ = ["encode_attributes", "encode_triangles", "walk_faces"]
