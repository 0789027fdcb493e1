"""One request and its files, made in this process or by a running service."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from galatea.files import paths_for, read_upload, write_whole
from galatea.progress import ProgressBar
from galatea.reports import Made, report
from serve.contracts.artifacts import ArtifactRef, digest_of
from serve.contracts.errors import CancelledJobError
from serve.contracts.requests import JobRequest, parse_request
from serve.operations import Operation
from serve.settings import Settings, read_settings
from serve.telemetry import configure_logs, configure_traces

if TYPE_CHECKING:
    from galatea_client import Job

__all__ = ["Order", "make_here", "make_there"]


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for on the command line.

    Args:
        operation: Which.
        fields: Of its request, without the asset.
        name: Of the files, without an extension.
        out: Folder for them, or the main one's own path.
        upload: A file that is the request's asset.
    """

    operation: Operation
    fields: Mapping[str, Any]
    name: str
    out: Path
    upload: Path | None = None

    def request(self, digest: str | None) -> JobRequest:
        """The request, with its asset if it has one.

        Raises:
            InvalidRequestError: A field is wrong.
        """
        asset = {} if digest is None else {"asset": digest}
        return parse_request(self.operation.request, {**self.fields, **asset})

    def paths(self, request: JobRequest) -> dict[str, Path]:
        """Asset name -> path, in a folder that can be written; what cannot be planned is refused first."""
        plan = self.operation.plan(request)
        return paths_for(
            [plan.main, *(name for name in plan.results if name != plan.main)], self.name, self.out
        )


def make_here(order: Order) -> None:
    """Make it in this process, write what it gives, and say where that is.

    Raises:
        GalateaError: The request is wrong, the place cannot be written, or a stage failed.
    """
    settings = read_settings()
    configure_logs(settings.log_level, json=settings.log_json)
    data = None if order.upload is None else read_upload(order.upload, settings.max_upload_mb * 2**20)
    request = order.request(None if data is None else digest_of(data))
    paths = order.paths(request)
    end_traces = configure_traces("galatea", settings.otlp_endpoint)
    try:
        asyncio.run(_make(settings, order, request, paths, data))
    finally:
        end_traces()


async def _make(
    settings: Settings, order: Order, request: JobRequest, paths: Mapping[str, Path], data: bytes | None
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
            if data is not None:
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
    report(made, result.acceptance.model_dump(mode="json") if result.acceptance else None)


def make_there(order: Order, url: str, api_key: str | None) -> None:
    """Have a running service make it; write its files and say where they are.

    Ctrl-C cancels the job there too.

    Raises:
        GalateaError: The service refused it or does not answer, the job failed, the place cannot be written.
    """
    from galatea.service import asking

    begun = perf_counter()
    with asking(url, api_key) as service:
        digest = None
        if order.upload is not None:
            read_upload(order.upload, None)
            digest = service.upload(order.upload).digest
        request = order.request(digest)
        paths = order.paths(request)
        asset = {} if digest is None else {"asset": digest}
        job = service.submit(order.operation.name, {**order.fields, **asset})
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
    report(made, result.acceptance.model_dump(mode="json") if result.acceptance else None)


def _told(job: Job) -> str:
    return f"{job.queue_position} before it" if job.queue_position else str(job.status)
