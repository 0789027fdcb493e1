"""One request and its files, made in this process or by a running service."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from galatea.files import paths_for, read_upload, write_whole
from galatea.progress import ProgressBar
from galatea.reports import Made, report
from serve.contracts.artifacts import ArtifactRef, digest_of
from serve.contracts.errors import CancelledJobError
from serve.contracts.requests import JobRequest, parse_request
from serve.contracts.results import JobResult
from serve.operations import Operation
from serve.settings import Settings, read_settings
from serve.telemetry import configure_logs, configure_traces

if TYPE_CHECKING:
    from galatea_client import Job, Result

__all__ = ["Order", "make", "make_here", "make_there"]


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for on the command line.

    Args:
        operation: Which.
        fields: Of its request, without those that are files; None was not given: defaults are the service's.
        name: Of the files, without an extension.
        out: Folder for them, or the main one's own path.
        uploads: Field -> the file that it names, `light.environment` for one within another.
    """

    operation: Operation
    fields: Mapping[str, Any]
    name: str
    out: Path
    uploads: Mapping[str, Path] = field(default_factory=dict)

    def asked(self, digests: Mapping[str, str]) -> dict[str, Any]:
        """The fields of the request, with the digest of each file."""
        asked = _given(self.fields)
        for place, digest in digests.items():
            *outer, name = place.split(".")
            within = asked
            for part in outer:
                within = within.setdefault(part, {})
            within[name] = digest
        return asked

    def request(self, digests: Mapping[str, str]) -> JobRequest:
        """The request, with the digest of each file.

        Raises:
            InvalidRequestError: A field is wrong.
        """
        return parse_request(self.operation.request, self.asked(digests))

    def paths(self, request: JobRequest) -> dict[str, Path]:
        """Asset name -> path, in a folder that can be written; what cannot be planned is refused first."""
        plan = self.operation.plan(request)
        return paths_for(
            [plan.main, *(name for name in plan.results if name != plan.main)], self.name, self.out
        )


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Those that were given, also within others."""
    inner = {name: _given(value) if isinstance(value, Mapping) else value for name, value in fields.items()}
    return {name: value for name, value in inner.items() if value is not None and value != {}}


def make(order: Order, url: str | None, api_key: str | None) -> None:
    """Make it here, or have the service at `url` make it.

    Raises:
        GalateaError: As `make_here` and `make_there`.
    """
    if url is None:
        make_here(order)
    else:
        make_there(order, url, api_key)


def make_here(order: Order) -> None:
    """Make it in this process, write what it gives, and say where that is.

    Raises:
        GalateaError: The request is wrong, the place cannot be written, or a stage failed.
    """
    settings = read_settings()
    configure_logs(settings.log_level, json=settings.log_json)
    most_bytes = settings.max_upload_mb * 2**20
    files = {place: read_upload(path, most_bytes) for place, path in order.uploads.items()}
    request = order.request({place: digest_of(data) for place, data in files.items()})
    paths = order.paths(request)
    end_traces = configure_traces("galatea", settings.otlp_endpoint)
    try:
        asyncio.run(_make(settings, order, request, paths, tuple(files.values())))
    finally:
        end_traces()


async def _make(
    settings: Settings,
    order: Order,
    request: JobRequest,
    paths: Mapping[str, Path],
    uploads: Sequence[bytes],
) -> None:
    from deployments.local import open_local

    begun = perf_counter()
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    loop.add_signal_handler(signal.SIGINT, task.cancel)
    assets: dict[str, ArtifactRef] = {}
    try:
        async with open_local(settings) as local:
            for data in uploads:
                ref = await local.store.put(data, "application/octet-stream")
                assets[ref.digest] = ref
            with ProgressBar() as bar:
                result = await local.make(
                    order.operation,
                    request,
                    lambda event: bar.show(event.stage, event.progress),
                    assets=assets,
                )
            for name, path in paths.items():
                write_whole(await local.store.get(result.assets[name]), path)
    except asyncio.CancelledError:
        raise CancelledJobError("cancelled; finished stages are kept and will not run again") from None
    cached = tuple(stage.cached for stage in result.stages)
    made = Made(order.name, result.seed, result.warnings, cached, paths, perf_counter() - begun)
    report(made, *_told_in_full(result))


def make_there(order: Order, url: str, api_key: str | None) -> None:
    """Have a running service make it; write its files and say where they are.

    Ctrl-C cancels the job there too.

    Raises:
        GalateaError: The service refused it or does not answer, the job failed, the place cannot be written.
    """
    from galatea.service import asking

    begun = perf_counter()
    with asking(url, api_key) as service:
        digests = {}
        for place, path in order.uploads.items():
            read_upload(path, None)
            digests[place] = service.upload(path).digest
        request = order.request(digests)
        paths = order.paths(request)
        job = service.submit(order.operation.name, order.asked(digests))
        try:
            with ProgressBar() as bar:
                done = service.wait(job, on_progress=lambda now: bar.show(_told(now), now.progress))
        except KeyboardInterrupt:
            service.cancel(job)
            raise
        result = done.result
        assets = {**result.assets, "manifest": result.manifest}
        paths = {name: path for name, path in paths.items() if name in assets}  # of an older service, fewer
        for name, path in paths.items():
            write_whole(service.read(assets[name]), path)
    cached = tuple(stage.cached for stage in result.report)
    made = Made(order.name, result.seed, result.warnings, cached, paths, perf_counter() - begun)
    report(made, *_told_in_full(result))


def _told_in_full(result: JobResult | Result) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The acceptance report and the film's measures as JSON, as far as there are any."""
    acceptance = result.acceptance.model_dump(mode="json") if result.acceptance else None
    return acceptance, result.film.model_dump(mode="json") if result.film else None


def _told(job: Job) -> str:
    return f"{job.queue_position} before it" if job.queue_position else str(job.status)
