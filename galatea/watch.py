"""`galatea watch`: what happens to a job, a line for each event."""

from __future__ import annotations

from galatea_client import (
    Galatea,
    JobEvent,
    JobFinished,
    JobProgress,
    JobQueued,
    JobStarted,
    StageFinished,
    StagePreview,
    StageStarted,
    UnknownEvent,
)
from galatea_client.errors import error_of_job

__all__ = ["told", "watch_job"]

_PROGRESS_STEP = 0.1  # between two lines that tell of nothing else


def watch_job(service: Galatea, job_id: str) -> None:
    """Print a job's events until it has ended.

    Raises:
        GalateaError: There is no such job, nobody answers, or the job failed; then it is the job's error.
    """
    progress = 0.0
    for event in service.events(job_id):
        if isinstance(event, JobProgress):
            if event.progress < progress + _PROGRESS_STEP:
                continue
            progress = event.progress
        print(f"{event.at.astimezone():%H:%M:%S}  {told(event)}", flush=True)
        if isinstance(event, JobFinished) and event.job.error is not None:
            raise error_of_job(event.job)


def told(event: JobEvent) -> str:
    """The event in words."""
    match event:
        case JobQueued():
            words = f"queued again, after {event.error}" if event.error else "queued"
        case JobStarted():
            words = "started" if event.attempt == 1 else f"started, attempt {event.attempt}"
        case StageStarted():
            words = f"{event.stage} began" + (" already, for another job too" if event.shared else "")
        case JobProgress():
            words = f"{event.progress:.0%}"
        case StagePreview():
            words = f"{event.stage} can be looked at: {event.asset.url}"
        case StageFinished():
            words = f"{event.stage} is there" + (", as an earlier result" if event.cached else "")
        case JobFinished():
            words = str(event.state) + (f": {event.job.download_url}" if event.job.download_url else "")
        case UnknownEvent():
            words = event.kind
    return words
