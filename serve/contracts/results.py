"""What a job gives: its artifacts, how they came about, and what each stage took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from serve.contracts.acceptance import Acceptance
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.film import FilmReport
from serve.contracts.plan import Plan

__all__ = ["Cost", "JobResult", "Manifest", "ManifestStage", "StageReport", "StageResult"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cost(_Frozen):
    """What a run used.

    Args:
        cpu_s: Seconds of CPU.
        gpu_s: Seconds of GPU.
        byte_count: Bytes of artifacts written.
    """

    cpu_s: float = 0.0
    gpu_s: float = 0.0
    byte_count: int = 0

    def __add__(self, other: Cost) -> Cost:
        """Both together."""
        return Cost(
            cpu_s=self.cpu_s + other.cpu_s,
            gpu_s=self.gpu_s + other.gpu_s,
            byte_count=self.byte_count + other.byte_count,
        )


class StageResult(_Frozen):
    """What a stage run gave, remembered under its key. Written once, after its artifacts.

    Args:
        stage: Name of the stage.
        outputs: Output name -> artifact, without those that the fragment gives.
        warnings: What the user should know.
        fragment: The stages that it asks for, if it expands.
        cost: What the run used.
    """

    stage: str
    outputs: Mapping[str, ArtifactRef]
    warnings: tuple[str, ...] = ()
    fragment: Plan | None = None
    cost: Cost = Cost()


class ManifestStage(_Frozen):
    """All that decides a stage's bytes, and the bytes it gave.

    Args:
        key: SHA-256 of everything below but the outputs, and of the cache's scope.
        call: Name of the call in the plan; `outer/inner` for one of a fragment.
        stage: Name of the stage.
        version: Its version.
        params: Its parameters.
        inputs: Input name -> digest.
        model: Name and version of its model, with the digest of its weights.
        numeric_class: What decides the last bits: runtime, provider, architecture, precision, padding.
        seed: None for a stage that draws no random numbers.
        outputs: Output name -> artifact.
    """

    key: str
    call: str
    stage: str
    version: int
    params: Mapping[str, Any]
    inputs: Mapping[str, str]
    model: str | None
    numeric_class: str
    seed: int | None
    outputs: Mapping[str, ArtifactRef]


class Manifest(_Frozen):
    """An asset's provenance. It holds no clock: the same asset has the same manifest.

    Args:
        galatea: Version of the program.
        operation: `text-to-3d`.
        request: The request with everything resolved that was left open, such as the seed.
        plan: What was planned for it.
        stages: Every stage, in the plan's order.
    """

    galatea: str
    operation: str
    request: Mapping[str, Any]
    plan: Plan
    stages: tuple[ManifestStage, ...]


class StageReport(_Frozen):
    """What a stage took in this job.

    Args:
        stage: Name of the stage.
        cached: Whether an earlier run's result was used.
        wall_s: Seconds from its start to its end.
        cost: What the run used; nothing where it was not this job that ran it.
    """

    stage: str
    cached: bool
    wall_s: float
    cost: Cost = Cost()


class JobResult(_Frozen):
    """What a job gives.

    Args:
        assets: Name -> artifact: the asset under its format's name, `picture`, `turntable`, `manifest` ...
        main: Name of the asset that was asked for.
        seed: The seed that was used.
        warnings: Whole sentences.
        stages: What each stage took.
        cost: Of all stages that this job ran itself.
        acceptance: What `inspect` found in the main asset.
        film: What the main asset measures, where it is a film.
    """

    assets: Mapping[str, ArtifactRef]
    main: str
    seed: int
    warnings: tuple[str, ...]
    stages: tuple[StageReport, ...]
    cost: Cost = Cost()
    acceptance: Acceptance | None = None
    film: FilmReport | None = None
