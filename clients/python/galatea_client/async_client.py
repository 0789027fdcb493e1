"""The client for event loops: `Galatea` with `await`."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Mapping
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
from galatea_client.wires.address import open_async_wire, read_address

__all__ = ["AsyncGalatea"]

T = TypeVar("T")


class AsyncGalatea:
    """A running service; used as `async with AsyncGalatea(url) as galatea`, in one event loop of asyncio.

    Every method does what its namesake of `Galatea` does; see there.

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
        self._wire = open_async_wire(read_address(url, api_key, timeout_s))
        self._patience = Patience(retries)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close its connections."""
        await self._wire.close()

    async def _run(self, flow: Flow[T]) -> T:
        return await drivers.async_run(flow, self._wire)

    async def text_to_3d(
        self, *, idempotency_key: str | None = None, **fields: Unpack[TextTo3dFields]
    ) -> Job:
        """Let a sentence become a 3D asset; the job, which has been accepted."""
        return await self.submit("text-to-3d", fields, idempotency_key=idempotency_key)

    async def convert(self, *, idempotency_key: str | None = None, **fields: Unpack[ConvertFields]) -> Job:
        """Have an uploaded mesh repaired, textured and written in other formats; the accepted job.

        Args:
            idempotency_key: See `text_to_3d`.
            **fields: See `ConvertFields`.
        """
        return await self.submit("convert", fields, idempotency_key=idempotency_key)

    async def three_d_to_video(
        self, *, idempotency_key: str | None = None, **fields: Unpack[ThreeDToVideoFields]
    ) -> Job:
        """Have a film made of an asset, or of what a sentence becomes; the accepted job.

        Args:
            idempotency_key: See `text_to_3d`.
            **fields: See `ThreeDToVideoFields`.
        """
        return await self.submit("3d-to-video", fields, idempotency_key=idempotency_key)

    async def submit(
        self, operation: str, fields: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> Job:
        """Ask for a job of any operation."""
        return await self._run(jobs.submit(operation, fields, idempotency_key, self._patience))

    async def job(self, job_id: str) -> Job:
        """A job as it stands."""
        return await self._run(jobs.read(job_id, self._patience))

    def jobs(
        self, *, status: str | None = None, operation: str | None = None, limit: int | None = None
    ) -> AsyncGenerator[Job, None]:
        """Your jobs, the newest first; pages are asked for as you go on."""
        where = {"status": status, "operation": operation}
        return drivers.async_iterate(jobs.jobs(where, limit, self._patience), self._wire)

    async def cancel(self, job: Job | str) -> Job:
        """Cancel a job; one that has ended comes back unchanged."""
        return await self._run(jobs.cancel(jobs.id_of(job), self._patience))

    async def wait(
        self,
        job: Job | str,
        *,
        on_progress: Callable[[Job], object] | None = None,
        timeout_s: float | None = None,
    ) -> CompletedJob:
        """Wait until a job has completed. Leaving early, by whatever way, does not cancel it."""
        return await self._run(jobs.wait(job, on_progress, timeout_s, self._patience))

    def events(self, job: Job | str, *, after: int = 0) -> AsyncGenerator[JobEvent, None]:
        """What happens to a job, each event once and in order, through lost connections, up to `finished`.

        Close it (`contextlib.aclosing`) where you leave it before its end.
        """
        return drivers.async_iterate(events.events(jobs.id_of(job), after, self._patience), self._wire)

    async def download(self, asset: Asset | str, to: str | os.PathLike[str]) -> Path:
        """Write an asset into a file that appears whole and checked, or not at all."""
        return await self._run(assets.download(assets.digest_of(asset), FileSink(to), self._patience))

    async def read(self, asset: Asset | str) -> bytes:
        """The bytes of an asset, checked."""
        return await self._run(assets.download(assets.digest_of(asset), MemorySink(), self._patience))

    async def save(
        self,
        job: Job | str,
        to: str | os.PathLike[str],
        *,
        on_progress: Callable[[Job], object] | None = None,
        timeout_s: float | None = None,
    ) -> CompletedJob:
        """Wait for a job, then download the asset that it was asked for."""
        done = await self.wait(job, on_progress=on_progress, timeout_s=timeout_s)
        await self.download(done.main, to)
        return done

    async def upload(self, source: Source, media_type: str | None = None) -> Asset:
        """Store an asset of yours; its source may also be an async iterable of bytes."""
        kind = media_type or media_type_of(source)
        return await self._run(assets.upload(body_of(source), kind, self._patience))

    async def link(self, asset: Asset | str, *, expires_s: int = 3_600) -> Link:
        """An address of an asset that needs no API key, for a while; over HTTP alone."""
        return await self._run(assets.link(assets.digest_of(asset), expires_s, self._patience))

    async def models(self) -> tuple[Model, ...]:
        """The models that the service runs."""
        return await self._run(jobs.models(self._patience))
