"""The Khronos validator under node: what it says of files, a report each."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.parts import require

__all__ = ["require_validator", "validated"]

_TESTS = Path(__file__).resolve().parent


def require_validator() -> None:
    """Node and the validator are here."""
    present = shutil.which("node") is not None and (_TESTS / "node_modules/gltf-validator").is_dir()
    require("gltf-validator", present, "install node, then `npm ci --prefix tests`")


def validated(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """The validator's reports of these files, in order."""
    command = ["node", str(_TESTS / "validate_gltf.mjs"), *map(str, paths)]
    done = subprocess.run(command, check=True, capture_output=True, timeout=120)
    reports: list[dict[str, Any]] = json.loads(done.stdout)
    return reports
