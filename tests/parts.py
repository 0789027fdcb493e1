"""What a test needs beyond Python: a skip with a reason on a laptop, a failure in CI."""

from __future__ import annotations

import os

import pytest

__all__ = ["require"]


def require(part: str, present: bool, how: str) -> None:
    """Go on where `part` is present; else skip, or fail under `GALATEA_TEST_REQUIRE=all`.

    Args:
        part: What the test needs: `gltf-validator`.
        present: Whether it is there.
        how: How to get it: `npm ci --prefix tests`.
    """
    if present:
        return
    reason = f"{part} is absent ({how})"
    if os.environ.get("GALATEA_TEST_REQUIRE") == "all":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
