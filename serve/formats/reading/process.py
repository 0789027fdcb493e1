"""Reading an untrusted file in a process of its own (docs/decisions/0016-a-reader-that-may-die.md)."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from safetensors.numpy import load

import serve
from serve.contracts.errors import StorageError, UnreadableMeshError
from serve.formats.reading.limits import LIMITS
from serve.formats.reading.pieces import Reading
from serve.geometry.arrays import mesh_from_arrays

__all__ = ["read_mesh"]

_LOGGER = logging.getLogger(__name__)
_COMMAND = "serve.formats.reading.child"
_REFUSED = 65  # its status where the file is at fault
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.01, 0.1
_LOGGED_BYTES = 2_000


def read_mesh(
    data: bytes, *, up_axis: str = "auto", unit_m: float = 1.0, check: Callable[[], None] = lambda: None
) -> Reading:
    """Read a GLB, glTF, OBJ, PLY or STL file, or a ZIP archive of one and what it names.

    Args:
        data: The file.
        up_axis: `y`, `z`, or `auto`: Z for PLY and STL, Y for all others.
        unit_m: Metres in a unit of the file.
        check: Asked several times a second; what it raises ends the process, and goes on upwards.

    Raises:
        UnreadableMeshError: The file is of another kind, damaged, empty, too large, or its reader died of it.
        StorageError: There is no room for it on the disk, or no process to be had.
    """
    check()
    try:
        # Files without names: nothing is left of them when this process is killed.
        with TemporaryFile() as source, TemporaryFile() as result, TemporaryFile() as complaints:
            source.write(data)
            source.seek(0)
            status = _run([up_axis, repr(unit_m)], source, result, complaints, check)
            result.seek(0)
            complaints.seek(0)
            return _judge(status, result, complaints)
    except OSError as error:
        raise StorageError(f"a file cannot be handed to its reader: {error}; free some space") from error


def _run(
    arguments: list[str],
    source: IO[bytes],
    result: IO[bytes],
    complaints: IO[bytes],
    check: Callable[[], None],
) -> int:
    command = [sys.executable, "-P", "-m", _COMMAND, *arguments]
    process = subprocess.Popen(
        command, stdin=source, stdout=result, stderr=complaints, env=_environment(), cwd="/", process_group=0
    )
    pause_s = _FIRST_PAUSE_S
    try:
        while True:
            try:
                return process.wait(pause_s)
            except subprocess.TimeoutExpired:
                check()
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
    finally:
        process.kill()
        process.wait()


def _environment() -> dict[str, str]:
    """What Python needs to start and no more: keys and addresses of the service stay here."""
    kept = {
        name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ
    }
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    folder = Path(serve.__file__).resolve().parents[1]
    return kept | threads | {"PYTHONPATH": str(folder), "PYTHONFAULTHANDLER": "1"}


def _judge(status: int, result: IO[bytes], complaints: IO[bytes]) -> Reading:
    if status == _REFUSED:
        raise UnreadableMeshError(result.read().decode(errors="replace"))
    if status != 0:
        words = complaints.read()[-_LOGGED_BYTES:].decode(errors="replace")
        _LOGGER.warning("the reader of a file ended with status %d: %s", status, words)
        raise UnreadableMeshError(
            f"the reader of the file {_end(status)}: it is damaged or made to do harm; export it again"
        )
    arrays = load(result.read())
    warnings = tuple(json.loads(arrays.pop("warnings").tobytes()))
    return Reading(mesh_from_arrays(arrays), warnings)


def _end(status: int) -> str:
    """What became of it: the signals of its limits are told by them."""
    if status >= 0:
        return "failed at it"
    ends = {
        signal.SIGALRM: f"did not end within {LIMITS.wall_s} s",
        signal.SIGKILL: "was ended by the system, for want of memory",
        signal.SIGXCPU: f"used up its {LIMITS.cpu_s} s of processor time",
    }
    end = signal.Signals(-status)
    return ends.get(end, f"died of {end.name}")
