"""The key of a stage run: a digest of everything that decides its bytes, and of nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from serve.contracts.stage import StageSpec

__all__ = ["canonical_json", "stage_key"]


def canonical_json(value: Any) -> bytes:
    """The value as JSON with sorted keys and no blanks: equal values give equal bytes.

    Raises:
        ValueError: The value holds NaN or infinity, which JSON has no word for.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def stage_key(
    spec: StageSpec,
    *,
    scope: str,
    params: Mapping[str, Any],
    inputs: Mapping[str, str],
    model: str | None,
    numeric_class: str,
    seed: int | None,
) -> str:
    """SHA-256 of what decides the stage's bytes, hexadecimal.

    Args:
        spec: The stage; its name and version count.
        scope: Who may share the result: the tenant, or `public`.
        params: All parameters, those with defaults too, as JSON.
        inputs: Input name -> digest.
        model: Name, version and digest of the model's weights; None for a stage without one.
        numeric_class: What decides the last bits.
        seed: None for a stage that draws no random numbers.
    """
    deciding = {
        "scope": scope,
        "stage": spec.name,
        "version": spec.version,
        "params": params,
        "inputs": inputs,
        "model": model,
        "numeric_class": numeric_class,
        "seed": seed,
    }
    return hashlib.sha256(canonical_json(deciding)).hexdigest()
