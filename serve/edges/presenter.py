"""Records of the ledger and rows of our tables as the documents that clients read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import overload

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.events import EVENT, JobEvent
from serve.contracts.jobs import ENDED, JobState, Problem, without_insides
from serve.contracts.results import JobResult
from serve.contracts.views import AssetView, JobView, ModelView, ResultView, TensorView
from serve.ledger.records import EventRecord, JobRecord
from serve.models.prompt_domain import CATEGORY_NAMES, PROMPT_DOMAIN
from serve.models.spec import ModelSpec, TensorSpec

__all__ = ["asset_path", "asset_view", "instant", "job_event", "job_view", "model_view"]

_MANIFEST = "manifest"
_CATEGORIES: Mapping[str, tuple[str, ...]] = {PROMPT_DOMAIN.name: CATEGORY_NAMES}


def asset_path(digest: str) -> str:
    """Where an asset is downloaded, on this server."""
    return f"/v1/assets/{digest}"


def job_view(job: JobRecord, base_url: str, *, shared: bool = False) -> JobView:
    """The job as its client reads it.

    Args:
        job: As the ledger has it.
        base_url: Scheme and host under which the client reached us, without a slash at the end.
        shared: Whether the client is one of many tenants, who need not know the operator's hosts and paths.
    """
    result = _result_view(job.result, base_url) if job.result else None
    return JobView(
        job_id=job.job_id,
        operation=job.operation,
        status=job.state,
        priority=job.priority,
        progress=job.progress,
        estimated_time=_remaining_s(job),
        queue_position=job.queue_position,
        created_at=instant(job.created_at),
        started_at=instant(job.started_at),
        finished_at=instant(job.ended_at),
        deadline_at=instant(job.deadline_at),
        attempt=job.attempt,
        request=job.request,
        download_url=base_url + asset_path(job.result.assets[job.result.main].digest) if job.result else None,
        result=result,
        error=_error(job, shared),
    )


def job_event(record: EventRecord, base_url: str) -> JobEvent:
    """An event as its job's watchers read it, but for `finished`, which carries more than the ledger keeps.

    Args:
        record: As the ledger has it.
        base_url: As in `job_view`.
    """
    fields = dict(record.payload) | {"kind": record.kind, "seq": record.seq, "at": instant(record.at)}
    if "asset" in fields:
        fields["asset"] = asset_view(ArtifactRef.model_validate(fields["asset"]), base_url)
    return EVENT.validate_python(fields)


def _error(job: JobRecord, shared: bool) -> Problem | None:
    if job.error is None or job.state not in ENDED:
        return None  # a job that is tried again keeps its last one
    return without_insides(job.error) if shared else job.error


def _remaining_s(job: JobRecord) -> float | None:
    """Seconds until the job should have ended."""
    if job.state is JobState.RUNNING:
        return round(job.estimate_s * (1.0 - job.progress), 3)
    if job.state is JobState.QUEUED and job.predicted_start_s is not None:
        return round(job.predicted_start_s + job.estimate_s, 3)
    return None


def _result_view(result: JobResult, base_url: str) -> ResultView:
    assets = {name: asset_view(ref, base_url) for name, ref in result.assets.items()}
    return ResultView(
        manifest=assets.pop(_MANIFEST),
        assets=assets,
        report=result.stages,
        warnings=result.warnings,
        seed=result.seed,
        cost=result.cost,
        acceptance=result.acceptance,
        film=result.film,
    )


def asset_view(ref: ArtifactRef, base_url: str) -> AssetView:
    """The asset as its client reads it; `base_url` as in `job_view`."""
    return AssetView(
        digest=ref.digest,
        media_type=ref.media_type,
        bytes=ref.byte_count,
        url=base_url + asset_path(ref.digest),
    )


@overload
def instant(seconds: float) -> datetime: ...
@overload
def instant(seconds: float | None) -> datetime | None: ...
def instant(seconds: float | None) -> datetime | None:
    """Seconds since 1970 as an instant, to the millisecond."""
    return None if seconds is None else datetime.fromtimestamp(round(seconds, 3), UTC)


def model_view(spec: ModelSpec, digest: str | None) -> ModelView:
    """The model as clients read it.

    Args:
        spec: The model.
        digest: Of the weights that are loaded.
    """
    return ModelView(
        name=spec.name,
        version=spec.version,
        digest=digest,
        licence=spec.licence,
        source=spec.source,
        summary=spec.summary,
        inputs=tuple(_tensor_view(tensor) for tensor in spec.inputs),
        outputs=tuple(_tensor_view(tensor) for tensor in spec.outputs),
        max_batch_count=spec.max_batch_count,
        categories=_CATEGORIES.get(spec.name),
    )


def _tensor_view(tensor: TensorSpec) -> TensorView:
    return TensorView(name=tensor.name, dtype=tensor.dtype, shape=tensor.shape, meaning=tensor.meaning)
