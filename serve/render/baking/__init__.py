"""Textures for a mesh from another that looks as it should: `bake(source, target, texture_size)`.

`atlas` says which texel is whose, `kernels.transfer` what the source shows there, `openness` how much of the
sky it sees; all run on the ray tracer's scene, so that a baked mesh is lit as its source is.
"""

from __future__ import annotations

from serve.render.baking.baker import bake

__all__ = ["bake"]
