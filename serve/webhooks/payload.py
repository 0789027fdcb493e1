"""What a webhook says: a job's end in brief. The whole job is read from the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from serve.contracts.jobs import Problem
from serve.contracts.results import JobResult
from serve.keys import canonical_json
from serve.ledger.records import JobRecord

__all__ = ["payload_of"]


def payload_of(job: JobRecord) -> str:
    """The message of an ended job as JSON; the same bytes at every attempt.

    `timestamp` is when the job ended, and not when this was sent.
    """
    ended = datetime.fromtimestamp(job.ended_at or job.created_at, UTC)
    data: dict[str, Any] = {
        "job_id": job.job_id,
        "operation": job.operation,
        "status": job.state.value,
        "seed": job.request.get("seed"),
    }
    if job.result is not None:
        data |= _result_data(job.result)
    if job.error is not None:
        data["error"] = _error_data(job.error)
    message = {
        "type": f"job.{job.state.value}",
        "timestamp": ended.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": data,
    }
    return canonical_json(message).decode()


def _result_data(result: JobResult) -> dict[str, Any]:
    assets = {
        name: {"digest": ref.digest, "media_type": ref.media_type, "bytes": ref.byte_count}
        for name, ref in result.assets.items()
    }
    return {"assets": assets, "main": result.main, "seed": result.seed}


def _error_data(error: Problem) -> dict[str, Any]:
    return {"code": error.code, "detail": error.detail, "retryable": error.retryable}
