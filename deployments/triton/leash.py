"""Runs a command so that nothing of it outlives whoever asked for it.

    python -m deployments.triton.leash --sweep PREFIX -- COMMAND ...

A `tritonserver` that is killed in the middle of an execution leaves its stub processes behind, waiting for
ever for a dead server. So this process starts it in a process group of its own, holds the end of a pipe, and
kills what is left of the group when the server has ended, or when the pipe closes: then whoever asked is
gone, however that happened. Should this process be killed itself, the server dies with it (prctl(2)).
Afterwards it removes the server's segments of shared memory, which a killed server leaves too.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

__all__ = ["main"]

_SHARED_MEMORY = Path("/dev/shm")
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_GRACE_S = 20.0  # to stop in order when the parent is gone


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command to its end; its exit code, 128 and the signal if one ended it."""
    flag, prefix, dashes, *command = sys.argv[1:] if arguments is None else arguments
    if (flag, dashes) != ("--sweep", "--") or not command:
        raise SystemExit("usage: leash --sweep PREFIX -- COMMAND ...")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # until there is somebody to pass them on to
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0, preexec_fn=_bind)  # noqa: PLW1509
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.send_signal(signal.SIGTERM))
    threading.Thread(target=_follow_parent, args=(process,), daemon=True).start()
    code = process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for segment in _SHARED_MEMORY.glob(f"{prefix}*"):
        segment.unlink(missing_ok=True)
    return code if code >= 0 else 128 - code


def _bind() -> None:
    """In the child: die with the parent, and take signals again."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def _follow_parent(process: subprocess.Popen[bytes]) -> None:
    """End the command when standard input does: nobody is there any more who could."""
    while os.read(0, 1):
        pass
    process.terminate()
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()


if __name__ == "__main__":
    sys.exit(main())
