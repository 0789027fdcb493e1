"""The process that codes a film: given frames through a pipe, watched, and ended with the work."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO

import numpy as np
from numpy.typing import NDArray

import serve
from serve.contracts.errors import GalateaError, StorageError, UnsupportedFormatError, WorkerLostError
from serve.formats.video.wanted import VideoFormat

__all__ = ["HOW_TO_GET_VIDEO", "code_film", "video_available"]

HOW_TO_GET_VIDEO = "`pip install 'galatea[video]'`, or ask for codec png, which needs nothing"

_LOGGER = logging.getLogger(__name__)
_COMMAND = "serve.formats.video.child"
_PAUSE_S = 0.1
# Coders look dozens of frames ahead, and at 4K take seconds for each.
_STALL_S = 600.0
_LOGGED_BYTES = 2_000


def video_available() -> bool:
    """Whether this machine can code films; it is looked for, not imported."""
    return find_spec("av") is not None


def code_film(
    wanted: VideoFormat, frames: Iterable[NDArray[np.uint8]], output: BinaryIO, check: Callable[[], None]
) -> None:
    """Have a process of FFmpeg's write the film.

    Args:
        wanted: Every codec but PNG.
        frames: uint8 [H, W, channel_count], contiguous, as many as it says.
        output: A file of the system's.
        check: Asked several times a second; what it raises ends the process, and goes on upwards.

    Raises:
        UnsupportedFormatError: PyAV is absent.
        WorkerLostError: The process died, or took nothing for ten minutes.
        StorageError: There is no room for the file.
    """
    if not video_available():
        raise UnsupportedFormatError(f"codec {wanted.codec} needs PyAV: {HOW_TO_GET_VIDEO}", "codec")
    with TemporaryFile() as complaints:
        process = _started(wanted, output, complaints)
        try:
            status = _feed_and_wait(process, frames, check)
        finally:
            process.kill()
            process.wait()
            _close(process)
        if status != 0:
            complaints.seek(0)
            raise _lost(status, complaints.read()[-_LOGGED_BYTES:].decode(errors="replace"))


def _started(wanted: VideoFormat, output: BinaryIO, complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    asked = json.dumps(dataclasses.asdict(wanted))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", _COMMAND, asked],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=complaints,
        env=_environment(),
        cwd="/",
        process_group=0,
        bufsize=0,
    )


def _environment() -> dict[str, str]:
    """What Python needs to start and no more: keys and addresses of the service stay here."""
    kept = {
        name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ
    }
    folder = Path(serve.__file__).resolve().parents[1]
    quiet = {"SVT_LOG": "1", "OPENBLAS_NUM_THREADS": "1"}
    return kept | quiet | {"PYTHONPATH": str(folder), "PYTHONFAULTHANDLER": "1"}


def _feed_and_wait(
    process: subprocess.Popen[bytes], frames: Iterable[NDArray[np.uint8]], check: Callable[[], None]
) -> int:
    """Give it every frame, and wait for its end: its status."""
    assert process.stdin is not None
    os.set_blocking(process.stdin.fileno(), False)
    for frame in frames:
        if not _give(process, frame.data.cast("B"), check):
            break
    _close(process)
    return _status(process, check)


def _give(process: subprocess.Popen[bytes], data: memoryview, check: Callable[[], None]) -> bool:
    """Write all of it, at the pace of the reader; False where there is none any more."""
    assert process.stdin is not None
    pipe = process.stdin.fileno()
    moved_s = time.perf_counter()
    while data:
        _, ready, _ = select.select([], [pipe], [], _PAUSE_S)
        if not ready:
            check()
            _see_that_it_moves(moved_s)
            continue
        try:
            data = data[os.write(pipe, data) :]
        except BrokenPipeError:
            return False
        moved_s = time.perf_counter()
    return True


def _status(process: subprocess.Popen[bytes], check: Callable[[], None]) -> int:
    given_s = time.perf_counter()
    while True:
        try:
            return process.wait(_PAUSE_S)
        except subprocess.TimeoutExpired:
            check()
            _see_that_it_moves(given_s)


def _see_that_it_moves(since_s: float) -> None:
    if time.perf_counter() - since_s > _STALL_S:
        raise WorkerLostError(
            f"the video encoder did nothing for {_STALL_S:.0f} s and was ended; ask for less"
        )


def _close(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()


def _lost(status: int, words: str) -> GalateaError:
    _LOGGER.warning("the video encoder ended with status %d: %s", status, words)
    if status == -signal.SIGKILL:
        return WorkerLostError("the video encoder was ended by the system, for want of memory; ask for less")
    if status == os.EX_IOERR:
        return StorageError("a film cannot be written: the disk is full; free some space")
    lines = words.strip().splitlines() or ["nothing"]
    if status < 0:  # a crash is told at the beginning, an exception at the end
        return WorkerLostError(
            f"the video encoder died of {signal.Signals(-status).name}; it said: {lines[0]}"
        )
    return WorkerLostError(f"the video encoder failed; it said: {lines[-1]}")
