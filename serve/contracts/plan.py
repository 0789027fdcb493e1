"""A plan: which stages a request needs, in which order, and what of theirs is the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from serve.contracts.artifacts import ArtifactRef

__all__ = ["ASSET", "Plan", "StageCall"]

ASSET = "asset"
"""Before the dot, where an input is a stored asset and no call's output: `asset.<digest>`."""


class StageCall(BaseModel):
    """One stage to run.

    Args:
        name: Unique in its plan.
        stage: Which stage.
        params: Its parameters as JSON.
        inputs: Input name -> `call.output` of an earlier call, or `asset.<digest>`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    stage: str
    params: Mapping[str, Any] = Field(default_factory=dict)
    inputs: Mapping[str, str] = Field(default_factory=dict)


class Plan(BaseModel):
    """Calls in an order in which each comes after those it needs.

    Args:
        calls: The stages to run.
        results: Result name -> `call.output`.
        main: The result that the client asked for.
        warnings: What planning had to say, whole sentences.
        assets: Digest -> asset, for every `asset.<digest>`: admission fills in what the tenant may read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: tuple[StageCall, ...]
    results: Mapping[str, str]
    main: str
    warnings: tuple[str, ...] = ()
    assets: Mapping[str, ArtifactRef] = Field(default_factory=dict)
