"""`galatea generate`: one request and its files, made in this process or by a running service."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from galatea.files import paths_for, report, write_whole
from galatea.progress import ProgressBar
from serve.contracts.errors import CancelledJobError
from serve.contracts.requests import TextTo3dRequest, parse_request
from serve.operations import TEXT_TO_3D
from serve.planning import plan_text_to_3d
from serve.settings import Settings, read_settings
from serve.telemetry import configure_logs, configure_traces

if TYPE_CHECKING:
    from galatea_client import Job

__all__ = ["generate_here", "generate_there"]


def generate_here(fields: Mapping[str, Any], out: Path) -> None:
    """Make an asset in this process and write it, its picture and its manifest; say where they are.

    Raises:
        GalateaError: The request is wrong, the place cannot be written, or a stage failed.
    """
    settings = read_settings()
    configure_logs(settings.log_level, json=settings.log_json)
    request = parse_request(TextTo3dRequest, fields)
    plan_text_to_3d(request)  # what cannot be planned is refused before anything is written
    paths = paths_for(request, out)
    end_traces = configure_traces("galatea", settings.otlp_endpoint)
    try:
        asyncio.run(_generate(settings, request, paths))
    finally:
        end_traces()


async def _generate(settings: Settings, request: TextTo3dRequest, paths: Mapping[str, Path]) -> None:
    from deployments.local import open_local

    begun = perf_counter()
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    loop.add_signal_handler(signal.SIGINT, task.cancel)
    try:
        async with open_local(settings) as local:
            with ProgressBar() as bar:
                result = await local.text_to_3d(request, lambda event: bar.show(event.stage, event.progress))
            for name, path in paths.items():
                write_whole(await local.store.get(result.assets[name]), path)
    except asyncio.CancelledError:
        raise CancelledJobError("cancelled; finished stages are kept and will not run again") from None
    report(
        request.prompt,
        seed=result.seed,
        warnings=result.warnings,
        cached=[stage.cached for stage in result.stages],
        paths=paths,
        wall_s=perf_counter() - begun,
    )


def generate_there(fields: Mapping[str, Any], out: Path, url: str, api_key: str | None) -> None:
    """Have a running service make an asset; write its files and say where they are.

    Ctrl-C cancels the job there too.

    Raises:
        GalateaError: The service refused it or does not answer, the job failed, the place cannot be written.
    """
    from galatea.service import asking

    begun = perf_counter()
    request = parse_request(TextTo3dRequest, fields)
    paths = paths_for(request, out)
    with asking(url, api_key) as service:
        job = service.submit(TEXT_TO_3D.name, fields)
        try:
            with ProgressBar() as bar:
                done = service.wait(job, on_progress=lambda now: bar.show(_told(now), now.progress))
        except KeyboardInterrupt:
            service.cancel(job)
            raise
        result = done.result
        assets = {**result.assets, "manifest": result.manifest}
        for name, path in paths.items():
            write_whole(service.read(assets[name]), path)
    report(
        request.prompt,
        seed=result.seed,
        warnings=result.warnings,
        cached=[stage.cached for stage in result.report],
        paths=paths,
        wall_s=perf_counter() - begun,
    )


def _told(job: Job) -> str:
    return f"{job.queue_position} before it" if job.queue_position else str(job.status)
