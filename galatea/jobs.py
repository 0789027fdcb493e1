"""`galatea jobs`: what a running service has done, does and will do."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from galatea_client import Galatea, Job

__all__ = ["cancel_job", "list_jobs", "show_job"]


def list_jobs(service: Galatea, status: str | None, limit: int) -> None:
    """Print the newest jobs as a table."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE, pad_edge=False)
    for column in ("job", "status", "progress", "submitted"):
        table.add_column(column, no_wrap=True)
    table.add_column("what", overflow="ellipsis")
    for job in service.jobs(status=status, limit=limit):
        table.add_row(*_row(job))
    Console().print(table if table.row_count else "no jobs")


def _row(job: Job) -> tuple[str, ...]:
    age_s = (datetime.now(UTC) - job.created_at).total_seconds()
    what = job.error.detail if job.error else str(job.request.get("prompt", ""))
    return job.job_id, str(job.status), f"{job.progress:.0%}", _ago(age_s), _plain(what)


def _plain(text: str) -> str:
    """At most 60 characters, and none that a terminal or rich would take for more than text."""
    from rich.markup import escape

    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    return escape(shown)


def _ago(age_s: float) -> str:
    for unit, length_s in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if age_s >= length_s:
            return f"{age_s / length_s:.0f} {unit} ago"
    return f"{max(0.0, age_s):.0f} s ago"


def show_job(service: Galatea, job_id: str) -> None:
    """Print a job as JSON."""
    print(json.dumps(service.job(job_id).model_dump(mode="json"), indent=2, ensure_ascii=False))


def cancel_job(service: Galatea, job_id: str) -> None:
    """Cancel a job and say how it stands."""
    job = service.cancel(job_id)
    print(f"{job.job_id} is {job.status}")
