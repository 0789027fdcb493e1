"""What happens to a job, told as it happens; an event of a kind that came later is an `UnknownEvent`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Discriminator, Field, Tag, TypeAdapter

from galatea_client.models import Asset, Document, Job, State

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
    "UnknownEvent",
]


class _Event(Document):
    seq: int = Field(
        description="1, 2, 3 ... in each job, without a gap; go on after it. Progress, which is not kept, "
        "carries the number of the last event that is"
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
    """How far the whole job is, 0 to 1; only the newest is told."""

    kind: Literal["progress"] = "progress"
    progress: float


class StagePreview(_Event):
    """Something to look at before the job ends."""

    kind: Literal["preview"] = "preview"
    stage: str
    asset: Asset


class StageFinished(_Event):
    """A stage's result is there."""

    kind: Literal["stage_finished"] = "stage_finished"
    stage: str
    cached: bool = Field(False, description="Whether an earlier run's result was used")


class JobFinished(_Event):
    """The last event of a job."""

    kind: Literal["finished"] = "finished"
    state: State
    job: Job = Field(description="The job as it ended, with its result or its error")


class UnknownEvent(_Event):
    """What a newer service tells; `kind` says what."""

    kind: str


_KNOWN = (JobQueued, JobStarted, StageStarted, JobProgress, StagePreview, StageFinished, JobFinished)
_KINDS = {kind.model_fields["kind"].default for kind in _KNOWN}


def _kind(fields: Any) -> str:
    kind = fields.get("kind") if isinstance(fields, dict) else getattr(fields, "kind", None)
    return str(kind) if kind in _KINDS else "unknown"


JobEvent = Annotated[
    Annotated[JobQueued, Tag("queued")]
    | Annotated[JobStarted, Tag("started")]
    | Annotated[StageStarted, Tag("stage_started")]
    | Annotated[JobProgress, Tag("progress")]
    | Annotated[StagePreview, Tag("preview")]
    | Annotated[StageFinished, Tag("stage_finished")]
    | Annotated[JobFinished, Tag("finished")]
    | Annotated[UnknownEvent, Tag("unknown")],
    Discriminator(_kind),
]
EVENT: TypeAdapter[JobEvent] = TypeAdapter(JobEvent)
"""Reads any of them."""
