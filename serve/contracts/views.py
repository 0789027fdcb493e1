"""What the service answers: its documents, each a Pydantic model and so a schema in the OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from serve.contracts.acceptance import Acceptance
from serve.contracts.artifacts import Digest
from serve.contracts.film import FilmReport
from serve.contracts.jobs import JobState, Problem
from serve.contracts.requests import Priority
from serve.contracts.results import Cost, StageReport

__all__ = [
    "AssetView",
    "HealthView",
    "JobPage",
    "JobView",
    "LinkView",
    "ModelList",
    "ModelView",
    "ReadyView",
    "ResultView",
    "TensorView",
]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AssetView(_View):
    """A file that a job made, or that was uploaded."""

    digest: Digest
    media_type: str = Field(description="Such as `model/gltf-binary`")
    bytes: int = Field(ge=0, description="How many there are")
    url: str = Field(description="Where to download it: absolute, with the host that the request named")


class LinkView(_View):
    """An address that whoever has it may download from, without an API key, for a while."""

    url: str = Field(description="Where to download it: absolute")
    expires_at: AwareDatetime


class ResultView(_View):
    """What a completed job gives."""

    assets: Mapping[str, AssetView] = Field(description="Name -> file: the asset under its format's name ...")
    report: tuple[StageReport, ...] = Field(description="What each stage took")
    manifest: AssetView = Field(description="Provenance: all that decides the assets' bytes, as JSON")
    warnings: tuple[str, ...] = Field(description="What was understood otherwise than asked, whole sentences")
    seed: int = Field(description="The seed that was used: with it the same request gives the same asset")
    cost: Cost = Field(description="Of the stages that this job ran itself")
    acceptance: Acceptance | None = Field(
        description="What the asset measures, and whether it is fit for use"
    )
    film: FilmReport | None = Field(None, description="What the film measures")


class JobView(_View):
    """A job as it stands."""

    job_id: str = Field(description="26 characters that sort by the time of submission")
    operation: str
    status: JobState
    priority: Priority
    progress: float = Field(ge=0, le=1, description="Of the whole job; never falls while it runs")
    estimated_time: float | None = Field(
        description="Seconds until it should have ended; null once it has, and for queued jobs in a list"
    )
    queue_position: int | None = Field(description="Jobs before it; null unless it is queued")
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    deadline_at: AwareDatetime | None = Field(description="When it fails unless it has ended")
    attempt: int = Field(description="How often it was begun: more than 1 after the loss of a process")
    request: Mapping[str, Any] = Field(description="What was asked, everything resolved, such as the seed")
    download_url: str | None = Field(description="The main asset, once there is one: absolute, for `curl -O`")
    result: ResultView | None = Field(description="Only of a completed job")
    error: Problem | None = Field(description="Only of a failed or cancelled job")


class JobPage(_View):
    """Some of the tenant's jobs, the newest first."""

    jobs: tuple[JobView, ...]
    next: str | None = Field(description="Give it as `after` to read on; null at the end")


class TensorView(_View):
    """An input or output of a model, without the batch axis."""

    name: str
    dtype: str
    shape: tuple[int, ...] = Field(description="-1 where a size varies")
    meaning: str


class ModelView(_View):
    """A model that this service runs."""

    name: str
    version: int
    digest: Digest | None = Field(description="Of the weights that are loaded; null where none are")
    licence: str = Field(description="SPDX expression, of the weights")
    source: str
    summary: str
    inputs: tuple[TensorView, ...]
    outputs: tuple[TensorView, ...]
    max_batch_count: int
    categories: tuple[str, ...] | None = Field(description="What it can tell apart, where that is a list")


class ModelList(_View):
    """All models."""

    models: tuple[ModelView, ...]


class HealthView(_View):
    """The process lives."""

    status: str
    version: str


class ReadyView(_View):
    """Every part answers."""

    status: str
    parts: Mapping[str, str | None] = Field(description="Part -> what is wrong with it; null when well")
