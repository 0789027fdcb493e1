"""What `benchmarks.jobs` measures, as real processes: `galatea run`, a bare FastAPI app, PostgreSQL."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Literal
from urllib.error import URLError
from urllib.request import urlopen

import sqlalchemy as sa

from deployments.child import environment
from deployments.layout import layout_of
from serve.settings import Settings

__all__ = ["Galatea", "free_port", "galatea_running", "noop_running", "postgresql_running", "running"]

_START_S = 300.0  # the first start on a machine compiles kernels
_STOP_S = 120.0


@dataclass(frozen=True, slots=True)
class Galatea:
    """A service that runs.

    Args:
        settings: Its environment.
        start_s: From the command to its readiness.
    """

    settings: Settings
    start_s: float

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.settings.http_port

    @property
    def pids(self) -> dict[str, int]:
        """Ids of the service and of the workers, by name."""
        pids: dict[str, int] = json.loads(layout_of(self.settings).pids_file.read_text())
        return {name: pid for name, pid in sorted(pids.items()) if name != "supervisor"}

    @contextmanager
    def workers_stopped(self) -> Iterator[None]:
        """The workers stand still inside the block: jobs come, and none of them goes on."""
        workers = [pid for name, pid in self.pids.items() if name != "service"]
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in workers:
                with suppress(ProcessLookupError):  # it stood still so long that it was replaced
                    os.kill(pid, signal.SIGCONT)


@contextmanager
def galatea_running(
    database_url: str | None = None,
    *,
    engine: Literal["onnx", "fake"] = "fake",
    arguments: Sequence[str] = ("--inprocess",),
) -> Iterator[Galatea]:
    """`galatea run` on a free port and a data folder of its own."""
    with TemporaryDirectory(prefix="galatea-") as folder:
        settings = Settings(
            data_dir=Path(folder),
            database_url=database_url,
            http_port=free_port(),
            grpc_port=0,
            engine=engine,
            max_queued_per_tenant=10_000,
        )
        command = [sys.executable, "-m", "galatea", "run", *arguments]
        with running(command, settings.http_port, "/readyz", environment(settings)) as start_s:
            yield Galatea(settings, start_s)


@contextmanager
def noop_running() -> Iterator[int]:
    """The bare FastAPI app under uvicorn in a process of its own; gives its port."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "benchmarks.jobs_noop:app", "--port", str(port)]
    with running([*command, "--log-level", "warning"], port, "/noop", dict(os.environ)):
        yield port


@contextmanager
def postgresql_running() -> Iterator[str]:
    """PostgreSQL with its own defaults, so with fsync, and an empty database; gives its URL."""
    # It refuses to run as root. The folder's path is short: a socket's may have 107 bytes.
    user = "nobody" if os.geteuid() == 0 else None
    with TemporaryDirectory(prefix="galatea-pg-", ignore_cleanup_errors=True) as folder:
        if user:
            shutil.chown(folder, user)
        data = f"{folder}/data"
        make = [_program("initdb"), "-D", data, "-U", "galatea", "-A", "trust", "-E", "UTF8"]
        subprocess.run(make, check=True, capture_output=True, user=user)
        command = [_program("postgres"), "-D", data, "-k", folder, "-h", ""]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, user=user)
        try:
            url = f"postgresql://galatea@/postgres?host={folder}"
            _await_database(url)
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # fast: whoever is connected is sent away
            process.wait()


def _program(name: str) -> str:
    """Path of a program of PostgreSQL, which Debian keeps off the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = shutil.which(name) or (str(debian[0]) if debian else None)
    if found is None:
        raise SystemExit(f"{name} is missing; apt-get install postgresql, or give --databases sqlite")
    return found


def _await_database(url: str) -> None:
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    for _ in range(600):
        try:
            engine.connect().close()
            engine.dispose()
            return
        except sa.exc.OperationalError:
            time.sleep(0.1)
    raise SystemExit("PostgreSQL did not start")


@contextmanager
def running(command: list[str], port: int, path: str, env: dict[str, str]) -> Iterator[float]:
    """A server in a process of its own, from its readiness on; gives how long that took, seconds."""
    begun = perf_counter()
    process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        _await_server(process, f"http://127.0.0.1:{port}{path}")
        yield perf_counter() - begun
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=_STOP_S)


def _await_server(process: subprocess.Popen[bytes], url: str) -> None:
    for _ in range(int(_START_S / 0.1)):
        if process.poll() is not None:
            raise SystemExit(f"{process.args!r} ended with code {process.returncode}")
        try:
            urlopen(url, timeout=5).close()
            return
        except (URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"{url} did not answer")


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
