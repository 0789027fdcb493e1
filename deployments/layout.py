"""Where the processes of one data folder meet: locks, sockets, and the list of their ids."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from deployments.engines import sync_worker_count
from serve.contracts.errors import NotReadyError, OutputUnwritableError
from serve.settings import Settings

__all__ = ["Layout", "http_address", "layout_of"]

_MAX_SOCKET_PATH = 100  # bytes; the kernel takes 107 (unix(7), sun_path)
_LONGEST_NAME = "async-99.sock"
_LONGEST_RAY_PATH = "session_2026-01-01_00-00-00_000000_1234567/sockets/plasma_store"
_RETRY_S = 0.05


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths that the settings decide, so that every process finds the same.

    Args:
        folder: `<data_dir>/run`, for this user alone.
        owners: `<data_dir>/owners`: a lock for each process that holds leases.
        ray: Where a Ray of our own keeps its sessions.
        sockets: Kind of stage -> where its workers listen.
    """

    folder: Path
    owners: Path
    ray: Path
    sockets: Mapping[str, tuple[Path, ...]]

    @property
    def pids_file(self) -> Path:
        """JSON: name of each process that runs now -> its id."""
        return self.folder / "pids.json"

    def make(self) -> None:
        """Make the folders.

        Raises:
            OutputUnwritableError: They cannot be made, or another user could reach the sockets.
        """
        for folder in (self.folder, self.owners, self.sockets["async"][0].parent):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                found = folder.lstat()
            except OSError as error:
                raise OutputUnwritableError(
                    f"cannot make {folder}: {error.strerror}; set GALATEA_DATA_DIR to a folder with room"
                ) from None
            if found.st_uid != os.getuid() or found.st_mode & 0o077:
                raise OutputUnwritableError(
                    f"{folder} must be a folder that only this user may enter; remove it or `chmod 700` it"
                )

    @contextmanager
    def supervised(self, wait_s: float = 15.0) -> Iterator[int]:
        """Be the only supervisor of this folder, after every child of an earlier one is gone.

        Args:
            wait_s: How long to wait for those children, who end by themselves.

        Yields:
            A file descriptor for the children to inherit: while one of them lives, the lock is held.

        Raises:
            NotReadyError: Another supervisor lives, or children that do not end.
        """
        with self._locked("supervisor.lock", 0.0), self._locked("children.lock", wait_s) as inherited:
            try:
                yield inherited
            finally:
                with suppress(OSError):  # not empty, or in use by children that still end
                    self.sockets["async"][0].parent.rmdir()

    def new_metrics(self) -> Path:
        """An empty folder where the processes of one run count together.

        Raises:
            OutputUnwritableError: It cannot be made.
        """
        folder = self.folder / "metrics"
        try:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise OutputUnwritableError(f"cannot make {folder}: {error.strerror}; make room") from None
        return folder

    def write_pids(self, pids: Mapping[str, int]) -> None:
        """Tell operators the ids of the processes; the file is always whole."""
        fresh = self.pids_file.with_suffix(".part")
        fresh.write_text(json.dumps(dict(sorted(pids.items())), indent=2) + "\n")
        fresh.replace(self.pids_file)

    @contextmanager
    def _locked(self, name: str, wait_s: float) -> Iterator[int]:
        begun = perf_counter()
        with (self.folder / name).open("a") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if perf_counter() - begun >= wait_s:
                        raise NotReadyError(self._taken()) from None
                time.sleep(_RETRY_S)
            yield file.fileno()

    def _taken(self) -> str:
        return (
            f"another galatea serves from {self.folder.parent} (see {self.pids_file}); stop it, or choose "
            "another folder with GALATEA_DATA_DIR"
        )


def layout_of(settings: Settings) -> Layout:
    """Where the processes of these settings meet; nothing is made yet."""
    folder = settings.folder / "run"
    home = _short(folder, _LONGEST_NAME)
    count = sync_worker_count(settings)
    sockets = {
        "async": (home / "async-0.sock",),
        "sync": tuple(home / f"sync-{index}.sock" for index in range(count)),
    }
    return Layout(folder, settings.folder / "owners", _short(folder / "ray", _LONGEST_RAY_PATH), sockets)


def http_address(settings: Settings) -> str:
    """Where HTTP is served, by the settings: scheme, host and port."""
    host = f"[{settings.http_host}]" if ":" in settings.http_host else settings.http_host
    return f"http://{host}:{settings.http_port}"


def _short(folder: Path, longest: str) -> Path:
    """The folder itself where the path of a socket in it fits, else one whose path is short."""
    if len(os.fsencode(folder / longest)) <= _MAX_SOCKET_PATH:
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return (
        Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"galatea-{os.getuid()}-{digest}"
    )
