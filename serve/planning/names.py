"""What assets are called in their files."""

from __future__ import annotations

import re

__all__ = ["asset_name"]

_LONGEST = 39


def asset_name(prompt: str) -> str:
    """What an asset of this prompt is called in files: `a-tall-red-lamp`; `asset` without any letter."""
    words = re.findall(r"[a-z0-9]+", prompt.lower())
    name = ""
    for word in words:
        if len(name) + len(word) > _LONGEST:
            break
        name = f"{name}-{word}" if name else word
    return name or "asset"
