"""`galatea generate`: one request, in this process, with its files."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from deployments.inprocess import InProcess, open_inprocess
from serve.artifacts import ArtifactStore
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import CancelledJobError, OutputUnwritableError
from serve.contracts.requests import TextTo3dRequest, parse_request
from serve.contracts.results import JobResult
from serve.execution import JobEvent
from serve.formats import format_of
from serve.planning import asset_name, plan_text_to_3d
from serve.settings import read_settings
from serve.telemetry import configure_logs, configure_traces

__all__ = ["generate_files"]


def generate_files(fields: Mapping[str, Any], out: Path) -> None:
    """Make an asset and write it, its picture and its manifest; say where they are.

    Raises:
        GalateaError: The request is wrong, the place cannot be written, or a stage failed.
    """
    settings = read_settings()
    configure_logs(settings.log_level, json=settings.log_json)
    request = parse_request(TextTo3dRequest, fields)
    plan_text_to_3d(request)  # what cannot be planned is refused before anything is written
    paths = _paths(request, out)
    end_traces = configure_traces("galatea", settings.otlp_endpoint)
    seam = open_inprocess(settings)
    try:
        asyncio.run(_generate(seam, request, paths))
    finally:
        seam.close()
        end_traces()


def _paths(request: TextTo3dRequest, out: Path) -> dict[str, Path]:
    """Where the asset, the picture and the manifest go, in a folder that can be written."""
    ext = format_of(request.format.value).file_ext
    is_file = out.suffix.lower() == f".{ext}" and not out.is_dir()
    asset = out if is_file else out / f"{asset_name(request.prompt)}.{ext}"
    _check_writable(asset.parent)
    return {
        request.format.value: asset,
        "picture": asset.with_suffix(".png"),
        "manifest": asset.with_suffix(".manifest.json"),
    }


def _check_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputUnwritableError(
            f"cannot write into {folder}: {error.strerror}; choose another folder with --out", "out"
        ) from None


async def _generate(seam: InProcess, request: TextTo3dRequest, paths: Mapping[str, Path]) -> None:
    begun = perf_counter()
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    loop.add_signal_handler(signal.SIGINT, task.cancel)
    try:
        with _ProgressBar() as bar:
            result = await seam.text_to_3d(request, bar.show)
    except asyncio.CancelledError:
        raise CancelledJobError("cancelled; finished stages are kept and will not run again") from None
    for name, path in paths.items():
        await _write(seam.store, result.assets[name], path)
    _report(request, result, paths, perf_counter() - begun)


async def _write(store: ArtifactStore, ref: ArtifactRef, path: Path) -> None:
    """Write a file whole or not at all."""
    data = await store.get(ref)
    half_written = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        half_written.write_bytes(data)
        half_written.replace(path)
    except OSError as error:
        half_written.unlink(missing_ok=True)
        raise OutputUnwritableError(
            f"cannot write {path}: {error.strerror}; make room or choose another folder with --out", "out"
        ) from None


def _report(request: TextTo3dRequest, result: JobResult, paths: Mapping[str, Path], wall_s: float) -> None:
    for warning in result.warnings:
        print(f"warning: {warning}")
    cached = sum(stage.cached for stage in result.stages)
    reused = f", {cached} of {len(result.stages)} stages from the cache" if cached else ""
    print(f"made {request.prompt!r} with seed {result.seed} in {wall_s:.1f} s{reused}")
    for name, path in paths.items():
        print(f"  {name:<9} {path}  ({result.assets[name].byte_count / 1024:,.0f} KB)")


class _ProgressBar:
    """A bar on a terminal; silence elsewhere."""

    def __enter__(self) -> _ProgressBar:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        console = Console(stderr=True)
        columns = (TextColumn("{task.description:<14}"), BarColumn(), TaskProgressColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._progress.start()
        self._bar = self._progress.add_task("starting", total=1.0)
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, event: JobEvent) -> None:
        """Draw what happened."""
        self._progress.update(self._bar, completed=event.progress, description=event.stage)
