"""What the service answers, as frozen documents.

An old client must read a newer service: fields that it does not know are left out, and a word that it does
not know, such as a new state, stays the text that came. What is null over HTTP is absent over gRPC, and so
are empty lists; hence the defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from galatea_client.acceptance import Acceptance

__all__ = [
    "Asset",
    "CompletedJob",
    "Cost",
    "Document",
    "Film",
    "Job",
    "JobPage",
    "JobState",
    "Link",
    "Model",
    "ModelList",
    "Priority",
    "Problem",
    "Result",
    "StageReport",
    "State",
    "Tensor",
]


class JobState(StrEnum):
    """`queued -> running -> completed | failed | cancelled`; a lost worker's job is queued again."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """The class of a job in the queue."""

    INTERACTIVE = "interactive"
    NORMAL = "normal"
    BATCH = "batch"


State = Annotated[JobState | str, Field(union_mode="left_to_right")]


class Document(BaseModel):
    """What all answers have in common."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Problem(Document):
    """An error in the service's words (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int = Field(description="HTTP status, on both wires; 0 where the service said nothing")
    detail: str = Field(description="What happened, which value, what to do")
    code: str = Field(description="The kind of error, one word")
    retryable: bool = Field(False, description="Whether the same request may succeed later")
    field: str | None = Field(None, description="The request field at fault")
    retry_after_s: float | None = Field(None, description="Seconds after which to try again")
    predicted_start_s: float | None = Field(None, description="Seconds until a job accepted now would start")


class Asset(Document):
    """A file that a job made, or that was uploaded."""

    digest: str = Field(description="SHA-256, 64 lowercase hex digits")
    media_type: str
    bytes: int = Field(description="How many there are")
    url: str = Field(description="Where HTTP has it: absolute")


class Link(Document):
    """An address that whoever has it may download from, without an API key, for a while."""

    url: str
    expires_at: AwareDatetime


class Cost(Document):
    """What a run used: seconds of CPU and GPU, bytes of artifacts written."""

    cpu_s: float = 0.0
    gpu_s: float = 0.0
    byte_count: int = 0


class StageReport(Document):
    """What a stage took in this job."""

    stage: str
    cached: bool
    wall_s: float
    cost: Cost = Cost()


class Film(Document):
    """What a film measures."""

    width: int
    height: int
    fps: float
    frame_count: int
    duration_s: float = Field(description="Seconds: the frames over their rate")
    codec: str = Field(description="As browsers name it, such as avc1.64001f")
    bitrate_bps: float = Field(description="Of the whole file")
    byte_count: int = Field(description="Of the file")


class Result(Document):
    """What a completed job gives."""

    assets: Mapping[str, Asset] = {}
    report: tuple[StageReport, ...] = ()
    manifest: Asset
    warnings: tuple[str, ...] = Field((), description="What was understood otherwise than asked")
    seed: int = Field(description="With it the same request gives the same asset")
    cost: Cost = Field(Cost(), description="Of the stages that this job ran itself")
    acceptance: Acceptance | None = Field(None, description="What the asset measures, and whether it is fit")
    film: Film | None = Field(None, description="What the film measures")


class Job(Document):
    """A job as it stands."""

    job_id: str
    operation: str
    status: State
    priority: Annotated[Priority | str, Field(union_mode="left_to_right")]
    progress: float = Field(description="0 to 1, of the whole job")
    estimated_time: float | None = Field(None, description="Seconds until it should have ended")
    queue_position: int | None = Field(None, description="Jobs before it; None unless it is queued")
    created_at: AwareDatetime
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    deadline_at: AwareDatetime | None = None
    attempt: int = Field(description="How often it was begun")
    request: Mapping[str, Any] = Field(
        {}, description="What was asked, everything resolved, such as the seed"
    )
    download_url: str | None = Field(None, description="The main asset, once there is one")
    result: Result | None = Field(None, description="Only of a completed job")
    error: Problem | None = Field(None, description="Only of a failed or cancelled job")

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it, in whichever state it is."""
        return self.finished_at is not None


class CompletedJob(Job):
    """A job that has given what was asked for."""

    download_url: str
    result: Result

    @property
    def main(self) -> Asset:
        """The asset that was asked for, among all that it gave."""
        return next(asset for asset in self.result.assets.values() if asset.digest in self.download_url)


class JobPage(Document):
    """Some jobs, the newest first."""

    jobs: tuple[Job, ...] = ()
    next: str | None = Field(None, description="Where the next page begins")


class Tensor(Document):
    """An input or output of a model, without the batch axis."""

    name: str
    dtype: str
    shape: tuple[int, ...] = Field((), description="-1 where a size varies")
    meaning: str


class Model(Document):
    """A model that the service runs."""

    name: str
    version: int
    digest: str | None = Field(None, description="Of the weights that are loaded")
    licence: str = Field(description="SPDX expression, of the weights")
    source: str
    summary: str
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()
    max_batch_count: int
    categories: tuple[str, ...] | None = Field(None, description="What it can tell apart")


class ModelList(Document):
    """All models."""

    models: tuple[Model, ...] = ()
