"""A running service as the command line sees it: submit, wait, watch, list, cancel, download."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from serve.contracts.artifacts import digest_of
from serve.contracts.errors import ArtifactTamperedError, GalateaError, NotReadyError
from serve.contracts.events import EVENT, JobEvent, JobFinished
from serve.contracts.jobs import ENDED, JobState, Problem, error_of
from serve.contracts.views import AssetView, JobPage, JobView, ResultView

__all__ = ["Remote"]

_WAIT_S = 20
_TRY_COUNT = 6
_TIMEOUT = httpx.Timeout(30.0, read=_WAIT_S + 20.0)


class Remote:
    """Talks to the service; used as `with Remote(url, api_key) as service`.

    What fails for want of a connection, or with a 503, is tried again: submissions carry an idempotency key,
    so a retry makes no second job.

    Args:
        url: Such as `http://127.0.0.1:8000`.
        api_key: The tenant's; None where the service asks for none.
    """

    def __init__(self, url: str, api_key: str | None = None) -> None:
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._url = url.rstrip("/")
        with _readable(self._url):
            self._client = httpx.Client(base_url=self._url, headers=headers, timeout=_TIMEOUT)

    def __enter__(self) -> Remote:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def submit(self, path: str, fields: Mapping[str, Any]) -> JobView:
        """Post a request; the job that it made.

        Raises:
            GalateaError: The service refused it, or does not answer.
        """
        headers = {"idempotency-key": secrets.token_hex(16)}
        return self._job("POST", path, json=dict(fields), headers=headers)

    def wait(self, job: JobView, listen: Callable[[JobView], None]) -> ResultView:
        """Wait until the job has ended; what it gave.

        Raises:
            GalateaError: It failed or was cancelled; the error is the job's.
        """
        while job.status not in ENDED:
            listen(job)
            wait_s = 1 if job.status is JobState.RUNNING else _WAIT_S  # a running job's bar should move
            job = self._job("GET", f"/v1/jobs/{job.job_id}", headers={"prefer": f"wait={wait_s}"})
        if job.result is None:
            raise (
                error_of(job.error) if job.error else GalateaError(f"job {job.job_id} ended without a result")
            )
        return job.result

    def events(self, job_id: str) -> Iterator[JobEvent]:
        """What happens to a job, from its first event to `finished`; a lost connection is made again.

        Raises:
            GalateaError: There is no such job, or nobody answers any more.
        """
        last, failure_count = 0, 0
        with _readable(self._url):
            while failure_count < _TRY_COUNT:
                try:
                    for event in self._stream(f"/v1/jobs/{quote(job_id, safe='')}/events", last):
                        last, failure_count = max(last, event.seq), 0
                        yield event
                        if isinstance(event, JobFinished):
                            return
                except (httpx.TransportError, GalateaError) as error:
                    lost = not isinstance(error, GalateaError) or error.retryable
                    if not (lost and last and failure_count < _TRY_COUNT - 1):
                        raise
                failure_count += 1
                time.sleep(_pause_s(failure_count))
        raise NotReadyError(f"{self._url} ends every stream of events at once; look at its log")

    def _stream(self, path: str, last: int) -> Iterator[JobEvent]:
        """One connection's events: blocks of lines, of which only the data matters here."""
        with self._client.stream("GET", path, headers={"last-event-id": str(last)}) as answer:
            if answer.is_error:
                answer.read()
                raise _error_of(answer)
            rest = b""
            for chunk in answer.iter_bytes():
                *blocks, rest = (rest + chunk).split(b"\n\n")
                for line in (line for block in blocks for line in block.split(b"\n")):
                    if line.startswith(b"data: "):
                        yield EVENT.validate_json(line.removeprefix(b"data: "))

    def job(self, job_id: str) -> JobView:
        """A job as it stands."""
        return self._job("GET", f"/v1/jobs/{quote(job_id, safe='')}")

    def jobs(self, **where: str | int) -> tuple[JobView, ...]:
        """The newest jobs; filters as `GET /v1/jobs` takes them."""
        answer = self._send("GET", "/v1/jobs", params=where)
        return JobPage.model_validate_json(answer.content).jobs

    def cancel(self, job_id: str) -> JobView:
        """Cancel a job; one that has ended comes back unchanged."""
        return self._job("DELETE", f"/v1/jobs/{quote(job_id, safe='')}")

    def download(self, asset: AssetView) -> bytes:
        """The bytes of an asset, checked.

        Raises:
            ArtifactTamperedError: They are not those of its digest.
        """
        data = self._send("GET", f"/v1/assets/{asset.digest}").content
        if digest_of(data) != asset.digest:
            raise ArtifactTamperedError(
                f"{self._url} gave other bytes than those of {asset.digest}: try again"
            )
        return data

    def _job(self, method: str, path: str, **what: Any) -> JobView:
        return JobView.model_validate_json(self._send(method, path, **what).content)

    def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        with _readable(self._url):
            for attempt in range(1, _TRY_COUNT):
                try:
                    answer = self._client.request(method, path, **what)
                    if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                        break
                except httpx.ConnectError:
                    raise  # nobody is there; waiting would only look like work
                except httpx.TransportError:
                    if attempt == _TRY_COUNT - 1:
                        raise
                time.sleep(_pause_s(attempt))
        if answer.is_error:
            raise _error_of(answer)
        return answer


@contextmanager
def _readable(url: str) -> Iterator[None]:
    """Turn the transport's errors into sentences."""
    try:
        yield
    except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise NotReadyError(
            f"nothing answers at {url} ({type(error).__name__}: {error}); start it with `galatea run`, "
            "or correct --url"
        ) from None


def _pause_s(failure_count: int) -> float:
    return min(5.0, 0.2 * 2.0**failure_count)


def _error_of(answer: httpx.Response) -> GalateaError:
    try:
        return error_of(Problem.model_validate_json(answer.content))
    except ValidationError:
        return GalateaError(
            f"{answer.request.url} answered {answer.status_code} with no words of ours: is that Galatea?"
        )
