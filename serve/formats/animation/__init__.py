"""Animated GLB: an asset with joints, what follows them, and clips of poses, as every viewer plays them.

animated    the words: joints, influences, animations
encoding    the file
"""

from __future__ import annotations

from serve.formats.animation.animated import Animation, Influences, JointTree
from serve.formats.animation.encoding import encode_animated_glb

__all__ = ["Animation", "Influences", "JointTree", "encode_animated_glb"]
