"""What goes into the ledger and comes out of it: plain frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.jobs import JobState, Problem
from serve.contracts.plan import Plan
from serve.contracts.requests import Priority
from serve.contracts.results import JobResult, StageResult

__all__ = [
    "Acquired",
    "ClaimedJob",
    "Delivery",
    "DeliveryState",
    "EventRecord",
    "Found",
    "Held",
    "JobFilter",
    "JobHead",
    "JobRecord",
    "NewJob",
    "Queue",
    "QueueLimits",
    "Reaped",
    "RunView",
    "Submitted",
    "Waiting",
]


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job on its way into the queue.

    Args:
        tenant: Whose it is.
        operation: `text-to-3d`.
        request: As JSON, everything resolved that was left open.
        plan: Its stages.
        seed: Of all its random numbers.
        priority: Its class.
        estimate_s: Seconds that such a job usually takes.
        weight: Of all its stages together, for its progress.
        deadline_s: Seconds from now after which it is cancelled.
        idempotency_key: The client's; the same key again is the same job.
        request_digest: Of the fields that the client set; compared when the key comes again.
        webhook_url: Who is told of its end.
        max_attempts: How often it may be tried before an error that a retry could mend ends it.
        traceparent: W3C trace context of the request that made it; empty without tracing.
    """

    tenant: str
    operation: str
    request: Mapping[str, Any]
    plan: Plan
    seed: int
    priority: Priority
    estimate_s: float
    weight: float
    deadline_s: float | None = None
    idempotency_key: str | None = None
    request_digest: str = ""
    webhook_url: str | None = None
    max_attempts: int = 3
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How many jobs may wait.

    Args:
        total: Of all tenants.
        per_tenant: Of one.
    """

    total: int
    per_tenant: int


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job as it stands.

    Args:
        progress: Of the whole job, 0 to 1; between stages by the newest progress of the runs it waits for.
        queue_position: Jobs that are claimed before it; None unless it is queued.
        predicted_start_s: Seconds until it should start; None unless it is queued.
    """

    job_id: str
    tenant: str
    operation: str
    request: Mapping[str, Any]
    priority: Priority
    state: JobState
    attempt: int
    progress: float
    estimate_s: float
    created_at: float
    started_at: float | None
    ended_at: float | None
    deadline_at: float | None
    result: JobResult | None
    error: Problem | None
    queue_position: int | None = None
    predicted_start_s: float | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of a submission.

    Args:
        job: The job, new or known.
        created: False where the idempotency key had made it before.
    """

    job: JobRecord
    created: bool


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs to list; None takes all."""

    state: JobState | None = None
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that this process runs, until its lease ends.

    Args:
        fence: Goes with every write for it.
        remaining_s: Seconds to its deadline; None without one.
        rank: Of its runs in the queue for slots, 0 first.
        tag: Order inside the rank.
        traceparent: Of the request that made it.
    """

    job_id: str
    tenant: str
    operation: str
    request: Mapping[str, Any]
    plan: Plan
    seed: int
    fence: int
    attempt: int
    rank: int
    tag: float
    remaining_s: float | None
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A finished run of the key."""

    result: StageResult


@dataclass(frozen=True, slots=True)
class Acquired:
    """The caller runs the key, until its lease ends.

    Args:
        fence: Goes with every write for it.
        checkpoint: The newest of an earlier run that died.
    """

    fence: int
    checkpoint: ArtifactRef | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Another process runs the key, under this fence; the job's interest is noted."""

    fence: int


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as those see it who wait for it or run it.

    Args:
        state: `running`, `done` or `released`.
        progress: 0 to 1.
        rank: The most urgent of the waiting jobs'.
        tag: Order inside the rank.
    """

    state: str
    owner: str | None
    fence: int
    progress: float
    rank: int
    tag: float


@dataclass(frozen=True, slots=True)
class Held:
    """What a process still holds: read by its poller.

    Args:
        jobs: Ids of the asked jobs that are still running under the asked fence.
        runs: The asked keys as they stand.
        errors: (key, job id) -> the error of a run that failed while that job waited for it.
    """

    jobs: frozenset[str]
    runs: Mapping[str, RunView]
    errors: Mapping[tuple[str, str], Problem] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reaped:
    """What housekeeping did: counts of rows.

    Args:
        requeued: Jobs of lost owners that are queued again.
        lost: Jobs that failed with `worker_lost`.
        expired: Jobs whose deadline passed.
        released: Runs of lost owners.
        promoted: Queued jobs that rose by a rank because they had waited long.
    """

    requeued: int = 0
    lost: int = 0
    expired: int = 0
    released: int = 0
    promoted: int = 0


@dataclass(frozen=True, slots=True)
class EventRecord:
    """Something that happened to a job; `seq` counts from 1 in each job, without a gap."""

    seq: int
    kind: str
    payload: Mapping[str, Any]
    at: float


@dataclass(frozen=True, slots=True)
class JobHead:
    """How far a job is: what its watchers are polled for.

    Args:
        seq: Number of its last event.
        progress: As in `JobRecord`.
        at: When that was, seconds since 1970.
    """

    seq: int
    state: JobState
    progress: float
    at: float


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue as operators and autoscalers see it, by class.

    Args:
        depth: Queued jobs.
        oldest_s: Seconds that the oldest of them has waited.
        running: Running jobs.
    """

    depth: Mapping[Priority, int]
    oldest_s: Mapping[Priority, float]
    running: Mapping[Priority, int]


class DeliveryState(StrEnum):
    """`pending -> delivered | dead`."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook on its way, or where it ended.

    Args:
        delivery_id: The message's id, the same at every attempt.
        job_id: The job whose end it tells.
        attempt: Attempts so far.
        last_error: Why the last one failed.
    """

    delivery_id: str
    tenant: str
    job_id: str
    url: str
    state: DeliveryState
    attempt: int
    created_at: float
    last_error: str | None
