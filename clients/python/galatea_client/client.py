"""The client for threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from galatea_client import drivers
from galatea_client.bodies import Source, body_of, media_type_of
from galatea_client.events import JobEvent
from galatea_client.flows import assets, events, jobs
from galatea_client.models import Asset, CompletedJob, Job, Link, Model
from galatea_client.requests import ConvertFields, TextTo3dFields, ThreeDToVideoFields
from galatea_client.retries import DEFAULT_RETRIES, Patience, Retries
from galatea_client.sinks import FileSink, MemorySink
from galatea_client.steps import Flow
from galatea_client.wires.address import open_wire, read_address

__all__ = ["Galatea"]

T = TypeVar("T")


class Galatea:
    """A running service; used as `with Galatea(url) as galatea`. Threads may share it.

    What fails for want of a connection, with 429 or with 503, is tried again; what is submitted carries an
    idempotency key, so that a retry makes no second job. Every method raises `GalateaError`.

    Args:
        url: `http://`, `https://`, `grpc://` or `grpcs://`, with host and port.
        api_key: The tenant's; None where the service asks for none.
        timeout_s: Seconds after which an answer that does not come is given up.
        retries: How patient to be.

    Raises:
        InvalidRequestError: The URL or the key cannot be used.
        UnsupportedError: The URL asks for gRPC, and what it needs is not installed.
    """

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        timeout_s: float = 30.0,
        retries: Retries = DEFAULT_RETRIES,
    ) -> None:
        self._wire = open_wire(read_address(url, api_key, timeout_s))
        self._patience = Patience(retries)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._wire.close()

    def _run(self, flow: Flow[T]) -> T:
        return drivers.run(flow, self._wire)

    def text_to_3d(self, *, idempotency_key: str | None = None, **fields: Unpack[TextTo3dFields]) -> Job:
        """Let a sentence become a 3D asset; the job, which has been accepted.

        Args:
            idempotency_key: Your own, which also outlives this process: the same key is the same job.
            **fields: See `TextTo3dFields`.
        """
        return self.submit("text-to-3d", fields, idempotency_key=idempotency_key)

    def convert(self, *, idempotency_key: str | None = None, **fields: Unpack[ConvertFields]) -> Job:
        """Have an uploaded mesh repaired, textured and written in other formats; the accepted job.

        Args:
            idempotency_key: See `text_to_3d`.
            **fields: See `ConvertFields`.
        """
        return self.submit("convert", fields, idempotency_key=idempotency_key)

    def three_d_to_video(
        self, *, idempotency_key: str | None = None, **fields: Unpack[ThreeDToVideoFields]
    ) -> Job:
        """Have a film made of an asset, or of what a sentence becomes; the accepted job.

        Args:
            idempotency_key: See `text_to_3d`.
            **fields: See `ThreeDToVideoFields`.
        """
        return self.submit("3d-to-video", fields, idempotency_key=idempotency_key)

    def submit(self, operation: str, fields: Mapping[str, Any], *, idempotency_key: str | None = None) -> Job:
        """Ask for a job of any operation, also of one that came after this client."""
        return self._run(jobs.submit(operation, fields, idempotency_key, self._patience))

    def job(self, job_id: str) -> Job:
        """A job as it stands."""
        return self._run(jobs.read(job_id, self._patience))

    def jobs(
        self, *, status: str | None = None, operation: str | None = None, limit: int | None = None
    ) -> Generator[Job, None, None]:
        """Your jobs, the newest first; pages are asked for as you go on.

        Args:
            status: Only jobs in this state.
            operation: Only jobs of this operation.
            limit: Most jobs; None for all.
        """
        where = {"status": status, "operation": operation}
        return drivers.iterate(jobs.jobs(where, limit, self._patience), self._wire)

    def cancel(self, job: Job | str) -> Job:
        """Cancel a job; one that has ended comes back unchanged."""
        return self._run(jobs.cancel(jobs.id_of(job), self._patience))

    def wait(
        self,
        job: Job | str,
        *,
        on_progress: Callable[[Job], object] | None = None,
        timeout_s: float | None = None,
    ) -> CompletedJob:
        """Wait until a job has completed. Leaving early, by whatever way, does not cancel it.

        Args:
            job: Which.
            on_progress: Called with the job as it stands, about once a second.
            timeout_s: Seconds after which to give up waiting; None waits for its end.

        Raises:
            JobFailedError: It failed, or was cancelled.
            WaitTimeoutError: The time is over.
        """
        return self._run(jobs.wait(job, on_progress, timeout_s, self._patience))

    def events(self, job: Job | str, *, after: int = 0) -> Generator[JobEvent, None, None]:
        """What happens to a job, each event once and in order, through lost connections, up to `finished`.

        Args:
            job: Which.
            after: The number of the last event that you have.
        """
        return drivers.iterate(events.events(jobs.id_of(job), after, self._patience), self._wire)

    def download(self, asset: Asset | str, to: str | os.PathLike[str]) -> Path:
        """Write an asset, or what has this digest, into a file that appears whole and checked, or not at all.

        Raises:
            DigestMismatchError: The bytes are not those of the digest.
            OSError: The file cannot be written.
        """
        return self._run(assets.download(assets.digest_of(asset), FileSink(to), self._patience))

    def read(self, asset: Asset | str) -> bytes:
        """The bytes of an asset, or of what has this digest, checked.

        Raises:
            DigestMismatchError: The bytes are not those of the digest.
        """
        return self._run(assets.download(assets.digest_of(asset), MemorySink(), self._patience))

    def save(
        self,
        job: Job | str,
        to: str | os.PathLike[str],
        *,
        on_progress: Callable[[Job], object] | None = None,
        timeout_s: float | None = None,
    ) -> CompletedJob:
        """Wait for a job, then download the asset that it was asked for; see `wait` and `download`."""
        done = self.wait(job, on_progress=on_progress, timeout_s=timeout_s)
        self.download(done.main, to)
        return done

    def upload(self, source: Source, media_type: str | None = None) -> Asset:
        """Store an asset of yours; the same bytes again are the same asset.

        Args:
            source: A path, bytes, an open binary file, or an iterable of bytes; only the first two can be
                tried again when the connection is lost.
            media_type: Such as `model/gltf-binary`; told by the path's extension where it is None.
        """
        kind = media_type or media_type_of(source)
        return self._run(assets.upload(body_of(source), kind, self._patience))

    def link(self, asset: Asset | str, *, expires_s: int = 3_600) -> Link:
        """An address of an asset that needs no API key, for a while; over HTTP alone.

        Raises:
            UnsupportedError: The wire is gRPC.
        """
        return self._run(assets.link(assets.digest_of(asset), expires_s, self._patience))

    def models(self) -> tuple[Model, ...]:
        """The models that the service runs."""
        return self._run(jobs.models(self._patience))
