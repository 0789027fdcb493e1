"""Who holds leases on this host: each process locks a file while it lives, so that its death shows at once.

A lease says that a process is silent; a lock that can be taken says that it is dead. The kernel frees the
lock of a process however it died (flock(2)).
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from serve.execution.calls import backoff_s
from serve.ledger import Ledger

__all__ = ["alive_as_owner", "release_dead_owners"]


@contextmanager
def alive_as_owner(folder: Path) -> Iterator[str]:
    """Hold the lock of a new owner's name inside the block.

    Args:
        folder: `<data_dir>/owners`.

    Yields:
        The name: `<host>-<pid>-<8 hex digits>`.
    """
    owner = f"{_host()}-{os.getpid()}-{secrets.token_hex(4)}"
    path = folder / f"{owner}.lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield owner
        finally:
            path.unlink(missing_ok=True)


def release_dead_owners(ledger: Ledger, folder: Path) -> list[str]:
    """Put the jobs and runs of this host's dead owners back into the queue, long before their leases end.

    Owners whose lock is not in this folder may live elsewhere: they are left to their leases.

    Args:
        ledger: Holds their leases.
        folder: `<data_dir>/owners`.

    Returns:
        The dead.

    Raises:
        LedgerError: It cannot be reached.
    """
    dead = [path for path in sorted(folder.glob(f"{_host()}-*.lock")) if _is_dead(path)]
    for path in dead:
        ledger.leases.release(path.stem, backoff=backoff_s)
        path.unlink(missing_ok=True)
    return [path.stem for path in dead]


def _is_dead(path: Path) -> bool:
    try:
        with path.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError):
        return False
    return True


def _host() -> str:
    """The host's name as a file name."""
    return "".join(letter if letter.isalnum() else "_" for letter in socket.gethostname())
