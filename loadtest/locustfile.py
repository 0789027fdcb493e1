"""A product backend that asks for assets: what it waits for, and how often it is told no.

    locust -f loadtest/locustfile.py --headless --host http://127.0.0.1:8000 --users 20 --run-time 5m

Plain requests and not `galatea_client`: that one hides a lost connection or a full queue by asking again, and
here both are what is looked for. Beside Locust's row for each call there are rows of the type `JOB`: times of
a job as its client sees them, from the moment before it was submitted.

Source: Locust 2.47, docs "Writing a locustfile" and "Event hooks".
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from itertools import count
from time import perf_counter, sleep
from typing import Any
from uuid import uuid4

from locust import HttpUser, between, task

__all__ = ["Backend", "JobFailedError"]

_PROMPTS = (
    "a tall red lamp with a blue stand",
    "a small wooden chair with three blue cushions",
    "a golden submarine",
    "a round glass table",
    "a green bottle",
)
_NUMBERS = count()
_WAIT_S = 30
_ENDED = ("completed", "failed", "cancelled")
_BEGUN = ("event: stage_started", "event: stage_finished", "event: progress", "event: finished")
_REFUSED = 429
_PATIENCE_S = 10.0  # after a refusal that names no time


class JobFailedError(Exception):
    """A job ended otherwise than it should."""


class Backend(HttpUser):
    """One of its threads: has one job at a time.

    `GALATEA_API_KEY` is its key, where the service asks for one; `GALATEA_LOAD_QUALITY` the quality of its
    assets, `draft` by default.
    """

    wait_time = between(0.1, 1.0)

    def on_start(self) -> None:
        """Take the key and the quality from the environment."""
        if key := os.environ.get("GALATEA_API_KEY"):
            self.client.headers["Authorization"] = f"Bearer {key}"
        self._quality = os.environ.get("GALATEA_LOAD_QUALITY", "draft")

    @task(9)
    def make_asset(self) -> None:
        """Ask for an asset, watch until something happens, wait for the end, and download it."""
        begun = perf_counter()
        job = self._submit()
        if job is None:
            return
        self._until_progress(job["job_id"])
        self._tell("first progress", begun)
        job = self._until_ended(job)
        self._tell("done", begun, job)
        if job["status"] == "completed":
            self.client.get(job["download_url"], name="/v1/assets/{digest}")

    @task(1)
    def change_mind(self) -> None:
        """Ask for an asset and cancel it as soon as something happens."""
        job = self._submit()
        if job is None:
            return
        self._until_progress(job["job_id"])
        begun = perf_counter()
        self.client.delete(f"/v1/jobs/{job['job_id']}", name="/v1/jobs/{job_id}")
        self._tell("cancelled", begun)

    def _submit(self) -> Mapping[str, Any] | None:
        """A new job, or None when the queue is full; the seed makes it no copy of one before."""
        number = next(_NUMBERS)
        body = {
            "prompt": _PROMPTS[number % len(_PROMPTS)],
            "quality": self._quality,
            "seed": uuid4().int % 2**31,
        }
        key = {"Idempotency-Key": str(uuid4())}
        answer = self.client.post("/v1/text-to-3d", json=body, headers=key)
        if answer.status_code == _REFUSED:
            sleep(float(answer.headers.get("Retry-After", _PATIENCE_S)))
        job: Mapping[str, Any] | None = answer.json() if answer.ok else None
        return job

    def _until_progress(self, job_id: str) -> None:
        """Read the job's events until a stage has begun, then hang up."""
        address = f"/v1/jobs/{job_id}/events"
        with closing(self.client.get(address, name="/v1/jobs/{job_id}/events", stream=True)) as answer:
            for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
                if line.startswith(_BEGUN):
                    return

    def _until_ended(self, job: Mapping[str, Any]) -> Mapping[str, Any]:
        """The job once it has ended; each call waits at the service for as long as it may."""
        waiting = {"Prefer": f"wait={_WAIT_S}"}
        while job["status"] not in _ENDED:
            answer = self.client.get(f"/v1/jobs/{job['job_id']}", name="/v1/jobs/{job_id}", headers=waiting)
            if not answer.ok:
                return {"status": f"unknown: the service answered {answer.status_code}"}
            job = answer.json()
        return job

    def _tell(self, what: str, begun: float, job: Mapping[str, Any] | None = None) -> None:
        """A row of the job's own."""
        failed = job is not None and job["status"] != "completed"
        self.environment.events.request.fire(
            request_type="JOB",
            name=what,
            response_time=(perf_counter() - begun) * 1000,
            response_length=0,
            exception=JobFailedError(f"{job['status']}: {job.get('error')}") if job and failed else None,
            context={},
        )
