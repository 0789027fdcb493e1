"""What happens to a job, told as it happens: the same events over SSE and gRPC."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from serve.contracts.jobs import JobState
from serve.contracts.views import AssetView, JobView

__all__ = [
    "EVENT",
    "JobEvent",
    "JobFinished",
    "JobProgress",
    "JobQueued",
    "JobStarted",
    "StageFinished",
    "StagePreview",
    "StageStarted",
]


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    seq: int = Field(
        ge=0,
        description="1, 2, 3 ... in each job, without a gap; resume after it. Progress, which is not kept, "
        "carries the number of the last event that is",
    )
    at: AwareDatetime


class JobQueued(_Event):
    """The job waits for its turn, at first or again."""

    kind: Literal["queued"] = "queued"
    error: str | None = Field(None, description="Code of the error because of which it is tried again")


class JobStarted(_Event):
    """A process has taken the job."""

    kind: Literal["started"] = "started"
    attempt: int


class StageStarted(_Event):
    """A stage runs."""

    kind: Literal["stage_started"] = "stage_started"
    stage: str
    shared: bool = Field(False, description="Whether it runs for another job, and this one waits for it too")


class JobProgress(_Event):
    """How far the whole job is; only the newest is told, and none is kept."""

    kind: Literal["progress"] = "progress"
    progress: float = Field(ge=0, le=1)


class StagePreview(_Event):
    """Something to look at before the job ends."""

    kind: Literal["preview"] = "preview"
    stage: str
    asset: AssetView


class StageFinished(_Event):
    """A stage's result is there."""

    kind: Literal["stage_finished"] = "stage_finished"
    stage: str
    cached: bool = Field(description="Whether an earlier run's result was used")


class JobFinished(_Event):
    """The last event of a job."""

    kind: Literal["finished"] = "finished"
    state: JobState
    job: JobView = Field(description="The job as it ended, with its result or its error")


JobEvent = Annotated[
    JobQueued | JobStarted | StageStarted | JobProgress | StagePreview | StageFinished | JobFinished,
    Field(discriminator="kind"),
]
EVENT: TypeAdapter[JobEvent] = TypeAdapter(JobEvent)
"""Reads and writes any of them."""
