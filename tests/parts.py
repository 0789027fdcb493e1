"""The real parts that tests need beyond Python: a skip with a reason on a laptop, a failure in CI.

CI prints how many tests passed with each part and fails when one falls below its minimum: a part that is
silently left out would otherwise go unnoticed.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable

import pytest

__all__ = ["MINIMUMS", "parts_of", "require", "shortfalls", "tell_version", "version_of"]

# Part -> the fewest tests that must pass with it under GALATEA_TEST_REQUIRE=all.
MINIMUMS = {
    "assimp": 20,
    "av": 50,
    "chromium": 30,
    "ffmpeg": 24,
    "gltf-validator": 2,
    "helm": 49,
    "locust": 2,
    "meshoptimizer": 16,
    "postgresql": 130,
    "pybullet-data": 5,
    "ray": 8,
    "seaweedfs": 18,
    "three": 1,
    "torch": 3,
    "triton": 40,
    "vite": 2,
}

_used: defaultdict[str, set[str]] = defaultdict(set)
_versions: dict[str, str] = {}


def require(part: str, present: bool, how: str) -> None:
    """Go on where `part` is present; else skip, or fail under `GALATEA_TEST_REQUIRE=all`.

    Args:
        part: What the test needs: `gltf-validator`.
        present: Whether it is there.
        how: How to get it: `npm ci --prefix tests`.
    """
    if present:
        _used[os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]].add(part)
        return
    reason = f"{part} is absent ({how})"
    if os.environ.get("GALATEA_TEST_REQUIRE") == "all":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def tell_version(part: str, version: str) -> None:
    """Say what a part that runs calls itself."""
    _versions[part] = version


def version_of(part: str) -> str:
    """What was told of it in this process; empty where nothing was."""
    return _versions.get(part, "")


def parts_of(test: str) -> list[str]:
    """The parts that this test asked for in this process."""
    return sorted(_used[test])


def shortfalls(parts: Iterable[str]) -> tuple[Counter[str], list[str]]:
    """How many tests passed with each part, and a sentence for each part below its minimum."""
    counts = Counter(parts)
    below = [
        f"{part}: {counts[part]} tests passed, at least {least} must"
        for part, least in sorted(MINIMUMS.items())
        if counts[part] < least
    ]
    return counts, below
